import { describe, expect, it } from "vitest";
import type { JournaledEvent } from "../../src/engine/events.ts";
import type { ServiceScope, StepContext } from "../../src/engine/step-kind.ts";
import { type Boxes, boxKind, drillOf, outcomes, runTest, step, stepKind } from "./harness.ts";

/** The facts of one type that a run has journaled, without what the journal puts on. */
function told(events: readonly JournaledEvent[], type: JournaledEvent["type"]): readonly object[] {
  return events
    .filter((event) => event.type === type)
    .map(({ v: _v, seq: _seq, at: _at, mono: _mono, prev: _prev, type: _type, ...fact }) => fact);
}

async function runOf(work: (context: StepContext<Boxes>) => Promise<void>) {
  const kind = stepKind("box.work", async (context) => (await work(context), {}));
  return runTest(drillOf({ recover: [step("w", "box.work")] }), { kinds: [kind] });
}

const CALL = { service: "EC2", operation: "Op", region: "us-west-2", startedAt: "", durationMs: 1, attempts: 1 };
const SEEN = { region: "us-west-2", kind: "test.box", id: "box-0", state: "there" };
const NOTE = { code: "note", severity: "info", message: "noted" } as const;

describe("what a step tells", () => {
  it("is journaled under its name", async () => {
    const run = await runOf(async (context) => {
      context.progress("half", 0.5);
      context.progress("more");
      await context.finding(NOTE);
      await context.recordCall(CALL);
      await context.recordObservation(SEEN);
      await context.recoveryPoint({ recoveryPointId: "snap-1" });
      await context.prove({ check: "boxes", passed: true, summary: "the same" });
    });
    expect(outcomes(run.events)).toEqual(["w#1: passed"]);
    expect(told(run.events, "step-progress")).toStrictEqual([
      { instance: "w", message: "half", fraction: 0.5 },
      { instance: "w", message: "more" },
    ]);
    expect(told(run.events, "finding")).toEqual([{ ...NOTE, instance: "w" }]);
    expect(told(run.events, "aws-call")).toEqual([{ ...CALL, instance: "w" }]);
    expect(told(run.events, "state-observed")).toEqual([{ ...SEEN, instance: "w" }]);
    expect(told(run.events, "recovery-point")).toEqual([{ recoveryPointId: "snap-1", instance: "w" }]);
    expect(told(run.events, "data-checked")).toEqual([
      { check: "boxes", passed: true, summary: "the same", instance: "w" },
    ]);
  });

  it("of a program is journaled once for each version of it", async () => {
    const tool = { tool: "terraform", version: "1.9", from: "/bin/terraform" };
    const run = await runOf(async (context) => {
      for (const one of [tool, tool, { ...tool, version: "2.0" }, tool]) await context.recordTool(one);
    });
    expect(told(run.events, "tool-used")).toEqual([tool, { ...tool, version: "2.0" }]);
  });

  it("counts what it waited for people, also where they said no", async () => {
    const run = await runOf(async (context) => {
      await context.clock.sleep(500);
      const answer = await context.waitingForPeople("go on?", async () => {
        (context.clock as Boxes["clock"]).advance(7_000);
        return "yes";
      });
      expect(answer).toBe("yes");
      await context
        .waitingForPeople("really?", async () => {
          (context.clock as Boxes["clock"]).advance(2_000);
          throw new Error("no");
        })
        .catch(() => undefined);
    });
    expect(told(run.events, "people-wait")).toEqual([
      { instance: "w", prompt: "go on?", durationMs: 7_000 },
      { instance: "w", prompt: "really?", durationMs: 2_000 },
    ]);
    expect(run.record.steps[0]?.peopleWaitMs).toBe(9_000);
  });

  it("grows the journal that it can count", async () => {
    const counts: number[] = [];
    const run = await runOf(async (context) => {
      counts.push(context.journaled());
      await context.finding(NOTE);
      counts.push(context.journaled());
    });
    const before = run.events.findIndex(({ type }) => type === "finding");
    expect(counts).toEqual([before, before + 1]);
  });
});

describe("what a step is given", () => {
  it("names the run, the drill, the step and when the run is over at the latest", async () => {
    const drill = drillOf({ recover: [step("w", "box.work")] });
    const { maxDurationMs, teardownBudgetMs } = drill.safety;
    let given: StepContext<Boxes> | undefined;
    const kind = stepKind("box.work", async (context) => {
      given = context;
      await context.create("test.box", { region: "us-west-2", attributes: { size: 1 } }, async (token) => ({
        id: context.services.make(token),
        attributes: { colour: "red" },
      }));
      return {};
    });
    const run = await runTest(drill, { kinds: [kind] });
    expect(given).toMatchObject({
      runId: "01TEST",
      drillName: "test-drill",
      regions: drill.regions,
      runFolder: run.folder,
      drillFolder: "/drills/test",
      phase: "recover",
      step: "w",
      instance: "w",
      attempt: 1,
    });
    const deadline = new Date(Date.UTC(2026, 0, 1) + maxDurationMs + teardownBudgetMs).toISOString();
    expect(run.record.ledger[0]).toMatchObject({
      key: "w#1/0",
      kind: "test.box",
      region: "us-west-2",
      step: "w",
      attributes: { size: 1, colour: "red" },
      tags: {
        "gameday:run": "01TEST",
        "gameday:drill": "test-drill",
        "gameday:step": "w",
        "gameday:deadline": deadline,
        "gameday:token": run.record.ledger[0]!.token,
      },
    });
  });

  it("belongs to teardown once no step is under way", async () => {
    const scopes: ServiceScope[] = [];
    const run = await runTest(drillOf({ prepare: [step("a", "box.make")] }), {
      onScope: (scope) => scopes.push(scope),
    });
    const last = scopes.at(-1)!;
    expect(last.tags["gameday:step"]).toBe("teardown");
    expect(last).not.toHaveProperty("instance");
    expect(last.primaryRefused).toBe(false);
    expect(run.boxes.made.size).toBe(0);
  });

  it("tells under teardown's name what has no step", async () => {
    const scopes: ServiceScope[] = [];
    const run = await runTest(drillOf({ prepare: [step("a", "box.make")] }), {
      onScope: (scope) => scopes.push(scope),
      boxKind: {
        ...boxKind,
        async destroy(entry, boxes) {
          const scope = scopes.at(-1)!;
          scope.progress("destroying");
          await scope.finding(NOTE);
          await scope.recordCall(CALL);
          await boxKind.destroy(entry, boxes);
        },
      },
    });
    expect(told(run.events, "step-progress")).toEqual([{ instance: "teardown", message: "destroying" }]);
    expect(told(run.events, "finding")).toStrictEqual([NOTE]);
    expect(told(run.events, "aws-call")).toEqual([CALL]);
  });
});

describe("the primary Region", () => {
  const lost = { primaryLost: true, reachesPrimary: undefined, allowPrimary: undefined };
  it.each([
    { ...lost, phase: "prepare", refused: false },
    { ...lost, phase: "recover", refused: true },
    { ...lost, phase: "verify", refused: true },
    { ...lost, phase: "teardown", refused: false },
    { ...lost, phase: "recover", primaryLost: false, refused: false },
    { ...lost, phase: "verify", primaryLost: false, refused: false },
    { ...lost, phase: "verify", reachesPrimary: true, refused: false },
    { ...lost, phase: "verify", reachesPrimary: false, refused: true },
    { ...lost, phase: "verify", allowPrimary: true, refused: false },
    { ...lost, phase: "recover", reachesPrimary: true, allowPrimary: false, refused: false },
    { ...lost, phase: "recover", reachesPrimary: false, allowPrimary: false, refused: true },
  ])(
    "is refused: $refused in $phase, lost $primaryLost, kind reaches it $reachesPrimary, step may $allowPrimary",
    async ({ phase, primaryLost, reachesPrimary, allowPrimary, refused }) => {
      const seen: boolean[] = [];
      const kind = stepKind(
        "box.look",
        async (context) => (seen.push(context.primaryRefused), {}),
        reachesPrimary === undefined ? {} : { reachesPrimary },
      );
      const regions = { primary: "us-east-1", dr: "us-west-2", primaryLost };
      const look = step("look", "box.look", allowPrimary === undefined ? {} : { allowPrimary });
      await runTest(drillOf({ [phase]: [look] }, { regions }), { kinds: [kind] });
      expect(seen).toEqual([refused]);
    },
  );
});
