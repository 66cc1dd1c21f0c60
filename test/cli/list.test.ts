import { expect, it } from "vitest";
import { list } from "../../src/cli/commands/list.ts";
import { VALID_DRILL } from "../drill/fixture-kinds.ts";
import { capturedIo } from "./captured-io.ts";
import { FIXTURE_LIBRARY, writeDrill } from "./fixture-library.ts";

it("gameday list tells name, description, steps and objectives; invalid drills are marked", async () => {
  await using io = await capturedIo();
  const nasty = VALID_DRILL.replace("A volume can be recovered in us-west-2.", '"A \\e[31mvolume"');
  await writeDrill(io.cwd, "a", nasty.replace(/^objectives.*\n/m, ""));
  await writeDrill(io.cwd, "b", VALID_DRILL.replace("rto: 1h", "rto: soon"));
  await writeDrill(io.cwd, "c", VALID_DRILL);
  expect(await list({}, io, FIXTURE_LIBRARY)).toBe(0);
  expect(io.out()).toMatchInlineSnapshot(`
    "ebs-cross-region  (drills/a/drill.yaml)
      A \\u{1b}[31mvolume
      steps: prepare 2 · recover 3 · verify 1 · teardown 0
      objectives: none
    drills/b/drill.yaml
      INVALID: 1 error; gameday validate drills/b/drill.yaml
    ebs-cross-region  (drills/c/drill.yaml)
      A volume can be recovered in us-west-2.
      steps: prepare 2 · recover 3 · verify 1 · teardown 0
      objectives: RTO 1h · RPO 26h
    "
  `);
  expect(io.err()).toBe("");
});

it("gameday list shows what gameday ships where there is no ./drills", async () => {
  await using io = await capturedIo();
  await list({}, io, FIXTURE_LIBRARY);
  expect(io.out()).toContain("drills/ebs-snapshot-copy/drill.yaml");
});
