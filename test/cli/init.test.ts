import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { init } from "../../src/cli/commands/init.ts";
import { validate } from "../../src/cli/commands/validate.ts";
import { capturedIo } from "./captured-io.ts";
import { writeDrill } from "./fixture-library.ts";

describe("gameday init", () => {
  it("writes a drill that validates with the step kinds that gameday ships", async () => {
    await using io = await capturedIo();
    expect(await init({ name: "my-drill" }, io)).toBe(0);
    expect(await readdir(join(io.cwd, "drills/my-drill"))).toEqual(["README.md", "drill.yaml"]);
    expect(io.out()).toContain("wrote drills/my-drill/drill.yaml\n");
    expect(await validate({ drills: ["my-drill"] }, io)).toBe(0);
    expect(io.err()).toBe("");
    const text = await readFile(join(io.cwd, "drills/my-drill/drill.yaml"), "utf8");
    expect(text).toContain("\nname: my-drill\n");
    expect(text.split("\n").filter((line) => line.includes("#")).length).toBeGreaterThan(8);
  });

  it("never overwrites", async () => {
    await using io = await capturedIo();
    const path = await writeDrill(io.cwd, "mine", "precious");
    await expect(init({ name: "mine" }, io)).rejects.toMatchObject({ details: { code: "drill-exists" } });
    expect(await readFile(path, "utf8")).toBe("precious");
    expect(await readdir(join(io.cwd, "drills/mine"))).toEqual(["drill.yaml"]);
  });

  it.each(["", "..", "../x", "a/b", "/etc/x", "A", "a b", "a\\b", "x".repeat(64), "-rf", "a\u001b", "."])(
    "refuses the name %j",
    async (name) => {
      await using io = await capturedIo();
      await expect(init({ name }, io)).rejects.toMatchObject({ details: { code: "bad-drill-name" } });
      expect(await readdir(io.cwd)).toEqual([]);
    },
  );

  it("proposes a name that is allowed", async () => {
    await using io = await capturedIo();
    await expect(init({ name: "My Drill!" }, io)).rejects.toMatchObject({ details: { next: "gameday init my-drill" } });
  });

  it("does not follow a link out of the working directory", async () => {
    await using io = await capturedIo();
    await using elsewhere = await capturedIo();
    await symlink(elsewhere.cwd, join(io.cwd, "drills"));
    await expect(init({ name: "x" }, io)).rejects.toMatchObject({ details: { code: "cannot-write" } });
    expect(await readdir(elsewhere.cwd)).toEqual([]);
  });

  it("does not follow a link that stands where the drill's folder should be", async () => {
    await using io = await capturedIo();
    await using elsewhere = await capturedIo();
    await mkdir(join(io.cwd, "drills"));
    await symlink(elsewhere.cwd, join(io.cwd, "drills/x"));
    await expect(init({ name: "x" }, io)).rejects.toMatchObject({ details: { code: "drill-exists" } });
    expect(await readdir(elsewhere.cwd)).toEqual([]);
  });

  it("a file called drills is told", async () => {
    await using io = await capturedIo();
    await writeFile(join(io.cwd, "drills"), "");
    await expect(init({ name: "x" }, io)).rejects.toMatchObject({ details: { code: "cannot-write" } });
  });
});
