import { describe, expect, it } from "vitest";
import { boxKind, drillOf, outcomes, resumeTestRun, runTest, step } from "./harness.ts";

const HOUR = 3_600_000;

const DRILL = drillOf({
  recover: [
    step("first", "box.sleep", { with: { ms: 4_000 } }),
    step("second", "box.sleep", { with: { ms: 6_000 }, targetMs: 10_000 }),
  ],
});

/** A run that was cut off right after its second step had begun, and an hour later is taken up again. */
async function resumedInTheSecondStep() {
  const run = await runTest(DRILL);
  const began = run.events.find((event) => event.type === "step-started" && event.instance === "second")!;
  const clock = run.boxes.clock;
  await clock.sleep(Date.parse(began.at) + HOUR - clock.now());
  return resumeTestRun(DRILL, run, { last: (event) => event.seq === began.seq });
}

describe("a run that was cut off in a step", () => {
  it("runs that step again, as the same attempt, and no step that had passed", async () => {
    const run = await resumedInTheSecondStep();
    expect(outcomes(run.events)).toEqual(["second#1: passed"]);
    expect(run.record.steps.map(({ instance, outcome }) => `${instance} ${outcome}`)).toEqual([
      "first passed",
      "second passed",
    ]);
  });

  it("measures the step from its first beginning, and marks that as wall-clock time", async () => {
    const run = await resumedInTheSecondStep();
    const finished = run.events.find((event) => event.type === "step-finished");
    expect(finished).toMatchObject({ wallClock: true });
    expect(finished!.durationMs).toBe(3_606_000);
    expect(run.record.resumes.map(({ gapMs }) => gapMs)).toEqual([HOUR]);
  });

  it("holds the whole of it against the step's target", async () => {
    const run = await resumedInTheSecondStep();
    expect(run.record.findings).toMatchObject([
      { code: "target-missed", message: "step second took 1h 00m 06s, its target is 10s" },
    ]);
  });

  it("marks nothing that began after it", async () => {
    const run = await runTest(DRILL);
    const resumed = await resumeTestRun(DRILL, run, {
      last: (event) => event.type === "step-finished" && event.instance === "first",
    });
    expect(resumed.events.find((event) => event.type === "step-finished")).not.toHaveProperty("wallClock");
  });
});

describe("a run that is resumed with credentials of another account", () => {
  it("is refused, and what it made stays listed: there everything would seem to be gone", async () => {
    const drill = drillOf({ recover: [step("a", "box.make"), step("s", "box.sleep", { with: { ms: 9_000 } })] });
    const run = await runTest(drill);
    const boxId = run.events.flatMap((event) => (event.type === "resource-created" ? [event.id] : []))[0]!;
    run.boxes.made.set(boxId, { token: "as it was when the run was cut off" });
    const resumed = await resumeTestRun(drill, run, {
      last: (event) => event.type === "step-started" && event.instance === "s",
      guard: async () => ({ account: "444455556666", arn: "arn:other", clockOffsetMs: {} }),
      // What is in one account cannot be seen in the other.
      boxKind: { ...boxKind, find: async () => undefined, isGone: async () => true },
    });
    expect(resumed.record.finished?.failure).toMatchObject({
      code: "other-account",
      message: expect.stringMatching(/began in account 111122223333.*444455556666/),
    });
    expect(resumed.record.finished?.leftovers).toEqual([{ kind: "test.box", region: "us-west-2", id: boxId }]);
    expect(resumed.record.identity?.account).toBe("111122223333");
  });
});

describe("the instant at which a run is over at the latest", () => {
  const drill = drillOf({ recover: [step("a", "box.make"), step("s", "box.sleep", { with: { ms: 9_000 } })] });
  const longest = drill.safety.maxDurationMs + drill.safety.teardownBudgetMs;

  it("is a tag on what it makes, and once it is resumed a later one on all that is there", async () => {
    const run = await runTest(drill);
    const first = run.record.ledger[0]!.tags["gameday:deadline"]!;
    expect(Math.abs(Date.parse(first) - Date.UTC(2026, 0, 1) - longest)).toBeLessThan(60_000);
    const id = run.record.ledger[0]!.id!;
    run.boxes.made.set(id, { token: "as it was when the run was cut off" });
    await run.boxes.clock.sleep(HOUR);
    const resumedAt = run.boxes.clock.now();
    const tagged: (readonly [string, string | undefined])[] = [];
    await resumeTestRun(drill, run, {
      last: (event) => event.type === "step-started" && event.instance === "s",
      boxKind: { ...boxKind, tag: async (entry, tags) => void tagged.push([entry.id, tags["gameday:deadline"]]) },
    });
    expect(tagged).toEqual([[id, expect.any(String)]]);
    expect(Math.abs(Date.parse(tagged[0]![1]!) - resumedAt - longest)).toBeLessThan(60_000);
  });

  it("goes on where no tag can be put on", async () => {
    const run = await runTest(drill);
    run.boxes.made.set(run.record.ledger[0]!.id!, { token: "as it was when the run was cut off" });
    const resumed = await resumeTestRun(drill, run, {
      last: (event) => event.type === "step-started" && event.instance === "s",
      boxKind: { ...boxKind, tag: () => new Promise<void>(() => undefined) },
    });
    expect(outcomes(resumed.events)).toEqual(["s#1: passed"]);
  });
});
