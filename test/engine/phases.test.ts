import { describe, expect, it } from "vitest";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { drillOf, fail, outcomes, resumeTestRun, runTest, startTestRun, step, stepKind } from "./harness.ts";

/** Beginnings and ends of phases, as journaled. */
const phasesIn = (events: readonly JournaledEvent[]) =>
  events.flatMap((event) => {
    if (event.type === "phase-started") return [`${event.phase} begins`];
    return event.type === "phase-finished" ? [`${event.phase} ${event.outcome}`] : [];
  });

const sleeps = (id: string) => step(id, "box.sleep", { with: { ms: 9_000 } });

describe("the phases of a run", () => {
  it("begin and end one after the other, whether they have steps or not", async () => {
    const run = await runTest(drillOf({ recover: [step("a", "box.make")] }));
    expect(phasesIn(run.events)).toEqual([
      "prepare begins",
      "prepare passed",
      "recover begins",
      "recover passed",
      "verify begins",
      "verify passed",
      "teardown begins",
      "teardown passed",
    ]);
  });

  it("after a failed one are skipped where they have steps, and not told of where they have none", async () => {
    const phases = { prepare: [step("bad", "box.fail")], verify: [step("proof", "box.check")] };
    const run = await runTest(drillOf(phases), { kinds: [fail] });
    expect(phasesIn(run.events)).toEqual([
      "prepare begins",
      "prepare failed",
      "verify begins",
      "verify skipped",
      "teardown begins",
      "teardown passed",
    ]);
  });

  it("in which the run is stopped are aborted, and those after them skipped", async () => {
    const run = await startTestRun(
      drillOf({ prepare: [sleeps("a")], recover: [sleeps("b")], verify: [step("proof", "box.check")] }),
      { onEvent: (event) => event.type === "step-started" && event.step === "b" && run.abort("SIGINT") },
    );
    const { record } = await run.result;
    expect(record.phases.map(({ phase, outcome }) => `${phase} ${outcome}`)).toEqual([
      "prepare passed",
      "recover aborted",
      "verify skipped",
      "teardown passed",
    ]);
  });

  it("that had ended are not ended again when the run is resumed, and the one it was cut off in does not begin again", async () => {
    const drill = drillOf({ prepare: [sleeps("a")], recover: [sleeps("b")] });
    const resumed = await resumeTestRun(drill, await runTest(drill), {
      last: (event) => event.type === "step-started" && event.instance === "b",
    });
    expect(phasesIn(resumed.events)).toEqual([
      "recover passed",
      "verify begins",
      "verify passed",
      "teardown begins",
      "teardown passed",
    ]);
    expect(resumed.events.map(({ type }) => type)).not.toContain("disaster-declared");
  });

  it("of a run that was cut off while it was being stopped stay what they were, and the one in flight is skipped", async () => {
    const drill = drillOf({ prepare: [sleeps("a")], recover: [sleeps("b"), sleeps("c")] });
    const run = await startTestRun(drill, {
      onEvent: (event) => event.type === "step-started" && event.step === "b" && run.abort("SIGINT"),
    });
    await run.result;
    const resumed = await resumeTestRun(drill, run, { last: ({ type }) => type === "abort-requested" });
    expect(phasesIn(resumed.events)).toEqual(["recover skipped", "teardown begins", "teardown passed"]);
    expect(outcomes(resumed.events)).toEqual(["b#1: skipped", "c#1: skipped"]);
    expect(resumed.record.phases[0]).toMatchObject({ phase: "prepare", outcome: "passed" });
  });
});

describe("the steps of teardown", () => {
  const phases = { teardown: [step("bad", "box.fail"), step("last", "box.make"), step("bad-too", "box.fail")] };

  it("are all run, also after one that failed, and teardown has failed then", async () => {
    const run = await runTest(drillOf(phases), { kinds: [fail] });
    expect(outcomes(run.events)).toEqual(["bad#1: failed", "last#1: passed", "bad-too#1: failed"]);
    expect(phasesIn(run.events).at(-1)).toBe("teardown failed");
    expect(run.boxes.made.size).toBe(0);
  });
});

describe("a step that is skipped", () => {
  it.each([
    ["by its condition has no outputs", { if: "${{ 1 > 2 }}" }, "failed"],
    ["by its condition has no instances", { if: "${{ 1 > 2 }}", forEach: "${{ [1] }}" }, "passed"],
    ["for an empty list has no instances", { forEach: "${{ [] }}" }, "passed"],
  ] as const)("%s, in this process or in a later one", async (_what, more, outcome) => {
    const seen: unknown[] = [];
    const read = stepKind("box.read", async (_context, { all }) => (seen.push(all), {}));
    const drill = drillOf({
      prepare: [step("off", "box.make", more), sleeps("s")],
      recover: [step("read", "box.read", { with: { all: "${{ steps.off.all }}" } })],
    });
    const run = await runTest(drill, { kinds: [read] });
    const resumed = await resumeTestRun(drill, run, {
      kinds: [read],
      last: (event) => event.type === "step-started" && event.instance === "s",
    });
    for (const { events } of [run, resumed]) expect(outcomes(events).at(-1)).toBe(`read#1: ${outcome}`);
    expect(seen).toEqual(outcome === "passed" ? [[], []] : []);
  });
});
