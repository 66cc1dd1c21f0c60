import { readdir } from "node:fs/promises";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { run } from "../../src/cli/commands/run.ts";
import { assertSomebodyThere } from "../../src/cli/people.ts";
import type { Drill } from "../../src/drill/drill.ts";
import { recordOf, type Timed } from "../evidence/journaled.ts";
import { phase, started, step } from "../evidence/events.ts";
import { capturedIo } from "./captured-io.ts";
import { writeDrill } from "./fixture-library.ts";

const DRILL = `apiVersion: gameday/v1
name: asks
description: Somebody must confirm.
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
recover:
  - id: ask
    uses: human.confirm
    with: { prompt: "May it go on?" }
`;

describe("a drill that must be confirmed, without a terminal", () => {
  it("is refused before anything is begun", async () => {
    await using io = await capturedIo();
    await writeDrill(io.cwd, "asks", DRILL);
    await expect(run({ drill: "asks" }, io)).rejects.toMatchObject({ details: { code: "nobody-to-ask" } });
    expect(await readdir(io.cwd)).toEqual(["drills"]);
  });

  const drill = { phases: { prepare: [], recover: [{ id: "ask", uses: "human.confirm" }], verify: [], teardown: [] } };
  const asserting = (events: readonly Timed[]) => () =>
    assertSomebodyThere(drill as unknown as Drill, { stdin: Readable.from([]) }, recordOf(events));
  const asked = (outcome: "passed" | "failed") => [
    started(),
    ...phase(
      "recover",
      1,
      3,
      step({ id: "ask", phase: "recover", uses: "human.confirm", from: 1, to: 2 }, [], { outcome }),
    ),
  ];

  it("is not taken up again where it would still ask", () => {
    expect(asserting([started()])).toThrow(/no terminal to ask at/);
  });

  it("is taken up again where it has been confirmed, and where it is only torn down", () => {
    expect(asserting(asked("passed"))).not.toThrow();
    expect(asserting(asked("failed"))).not.toThrow();
    expect(asserting([started(), { t: 1, type: "abort-requested", reason: "SIGINT" }])).not.toThrow();
  });
});
