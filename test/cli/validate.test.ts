import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { validate } from "../../src/cli/commands/validate.ts";
import { VALID_DRILL } from "../drill/fixture-kinds.ts";
import { capturedIo } from "./captured-io.ts";
import { FIXTURE_LIBRARY, writeDrill } from "./fixture-library.ts";

const BROKEN = VALID_DRILL.replace("rto: 1h", "rto: soon").replace("uses: stack.apply", "uses: stack.aply");

describe("gameday validate", () => {
  it("checks all drills when none is named; problems on stderr, a line a drill on stdout, exit code 2", async () => {
    await using io = await capturedIo();
    await writeDrill(io.cwd, "good", VALID_DRILL);
    await writeDrill(io.cwd, "broken", BROKEN);
    expect(await validate({ drills: [] }, io, FIXTURE_LIBRARY)).toBe(2);
    expect(io.out()).toBe("invalid drills/broken/drill.yaml (2 errors)\nok      drills/good/drill.yaml\n");
    expect(io.err()).toMatchInlineSnapshot(`
      "drills/broken/drill.yaml:4:20: error: objectives.rto: "soon" is not a duration
        4 | objectives: { rto: soon, rpo: 26h }
          |                    ^^^^
          = write whole numbers with units, largest first: 90s, 5m, 1h30m, 26h, 2d (at most 366d)

      drills/broken/drill.yaml:12:11: error: there is no step kind "stack.aply"
        12 |     uses: stack.aply
           |           ^^^^^^^^^^
           = did you mean stack.apply?

      gameday: 1 drill of 2 invalid
      "
    `);
  });

  it("takes a name, a folder, a file, each drill once", async () => {
    await using io = await capturedIo();
    const path = await writeDrill(io.cwd, "good", VALID_DRILL);
    await writeFile(join(io.cwd, "other.yaml"), VALID_DRILL);
    expect(await validate({ drills: ["good", "drills/good", path, "other.yaml"] }, io, FIXTURE_LIBRARY)).toBe(0);
    expect(io.out()).toBe("ok      drills/good/drill.yaml\nok      other.yaml\n");
    expect(io.err()).toBe("");
  });

  it("warnings do not make a drill invalid", async () => {
    await using io = await capturedIo();
    await writeDrill(io.cwd, "same", VALID_DRILL.replace("dr: us-west-2", "dr: us-east-1"));
    expect(await validate({ drills: ["same"] }, io, FIXTURE_LIBRARY)).toBe(0);
    expect(io.out()).toBe("ok      drills/same/drill.yaml (1 warning)\n");
  });

  it("names the nearest drill when there is none", async () => {
    await using io = await capturedIo();
    await writeDrill(io.cwd, "ebs-restore", VALID_DRILL);
    const missing = validate({ drills: ["ebs-restor"] }, io, FIXTURE_LIBRARY);
    await expect(missing).rejects.toMatchObject({
      details: { code: "no-such-drill", next: "did you mean ebs-restore?" },
    });
  });

  it("finds the drills that gameday ships by their names", async () => {
    await using io = await capturedIo();
    await validate({ drills: ["ebs-snapshot-copy"] }, io, FIXTURE_LIBRARY);
    expect(io.out()).toContain("drills/ebs-snapshot-copy/drill.yaml");
  });

  it("an empty ./drills is told, exit code 2", async () => {
    await using io = await capturedIo();
    await mkdir(join(io.cwd, "drills"));
    expect(await validate({ drills: [] }, io, FIXTURE_LIBRARY)).toBe(2);
    expect(io.err()).toContain("gameday init NAME");
  });

  it("reads no more of a file than shows that it is too large, and no folder or dangling link as a drill", async () => {
    await using io = await capturedIo();
    await writeFile(join(io.cwd, "big.yaml"), "#".repeat(70_000));
    expect(await validate({ drills: ["big.yaml"] }, io, FIXTURE_LIBRARY)).toBe(2);
    expect(io.err()).toContain("big.yaml:1:1: error: the file has more than 65,536 bytes (64 KiB)");
    await symlink("nowhere", join(io.cwd, "link.yaml"));
    for (const drill of ["link.yaml", "."]) {
      await expect(validate({ drills: [drill] }, io, FIXTURE_LIBRARY)).rejects.toThrow("there is no drill");
    }
  });

  it("writes no control characters of a file or its name", async () => {
    await using io = await capturedIo();
    await writeFile(join(io.cwd, "a\u001b[2J.yaml"), "na\u009bme: \u001b[31mred");
    await validate({ drills: ["a\u001b[2J.yaml"] }, io, FIXTURE_LIBRARY);
    expect(io.out() + io.err()).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(io.err()).toContain("a\\u{1b}[2J.yaml:1:3");
  });
});
