import { describe, expect, it } from "vitest";
import type { PlannedStep, RunEvent } from "../../src/engine/events.ts";
import type { FailureRecord } from "../../src/engine/failure.ts";
import { Fold, foldEvents, isTakenUp } from "../../src/engine/fold.ts";
import type { StepRecord } from "../../src/engine/record.ts";
import { phaseEnd, started } from "../evidence/events.ts";
import { iso, journaled, recordOf, type Timed } from "../evidence/journaled.ts";

const PLAN: readonly PlannedStep[] = [
  { id: "copy", phase: "recover", uses: "box.copy", name: "Copies", targetMs: 9_000, timeoutMs: 60_000 },
];
const ABOUT = { phase: "recover", step: "copy", instance: "copy", uses: "box.copy" } as const;
const FAILURE: FailureRecord = { code: "no-luck", message: "no luck", fixer: "operator" };

const RESOURCE = {
  key: "copy#1/0",
  kind: "test.box",
  region: "us-west-2",
  token: "t",
  tags: {},
  attributes: {},
  step: "copy",
};

const instant = (t: number) => ({ at: iso(t), mono: t * 1000 });
const begun = (t: number, attempt = 1): Timed => ({
  t,
  type: "step-started",
  ...ABOUT,
  attempt,
  input: { of: attempt },
});
const ended = (t: number, more: Partial<Extract<RunEvent, { type: "step-finished" }>> = {}): Timed => ({
  t,
  type: "step-finished",
  ...ABOUT,
  attempt: 1,
  outcome: "passed",
  outputs: { id: "x" },
  durationMs: 1,
  willRetry: false,
  ...more,
});
const stepOf = (...events: readonly Timed[]) => recordOf([started({ steps: PLAN }), ...events]).steps[0];

describe("the record of a run", () => {
  it("has every fact, with the instant at which it was told", () => {
    const call = {
      service: "EC2",
      operation: "DescribeVolumes",
      region: "us-west-2",
      startedAt: iso(5),
      durationMs: 3,
      status: 200,
      attempts: 1,
    };
    const seen = { region: "us-west-2", kind: "ebs.snapshot", id: "snap-1", state: "completed" };
    const finding = { code: "note", severity: "info", message: "noted" } as const;
    const checked = { check: "boxes", passed: true, summary: "compared", instance: "copy" };
    const identity = { account: "111122223333", arn: "arn:a", clockOffsetMs: {} };
    const tool = { tool: "terraform", version: "1.9", from: "/bin" };
    const record = recordOf([
      started(),
      { t: 1, type: "identity-confirmed", ...identity },
      { t: 2, type: "tool-used", ...tool },
      { t: 3, type: "phase-started", phase: "recover" },
      { t: 4, type: "disaster-declared" },
      begun(5),
      { t: 6, type: "aws-call", ...call },
      { t: 7, type: "state-observed", ...seen },
      { t: 8, type: "resource-intended", resource: RESOURCE },
      { t: 9, type: "people-wait", instance: "copy", prompt: "ok?", durationMs: 700 },
      { t: 10, type: "data-checked", ...checked },
      { t: 11, type: "finding", ...finding },
      { t: 12, type: "recovery-point", instance: "copy", recoveryPointId: "snap-1", sourceStartTime: iso(0) },
      ended(13),
      phaseEnd("recover", 14, "passed"),
      { t: 15, type: "run-resumed", versions: { gameday: "0", node: "20" }, process: { pid: 1, host: "h" }, gapMs: 77 },
      { t: 16, type: "abort-requested", reason: "SIGINT" },
      { t: 17, type: "run-finished", outcome: "passed", exitCode: 0, leftovers: [] },
    ]);
    expect(record).toMatchObject({
      run: { type: "run-started", mode: "rehearsal" },
      startedAt: instant(0),
      identity,
      tools: [tool],
      phases: [{ phase: "recover", startedAt: instant(3), finishedAt: instant(14), outcome: "passed" }],
      disasterAt: instant(4),
      steps: [{ instance: "copy", outcome: "passed" }],
      calls: [{ ...call, at: instant(6) }],
      observations: [{ ...seen, at: instant(7) }],
      ledger: [{ ...RESOURCE, state: "intended" }],
      peopleWaits: [{ prompt: "ok?", durationMs: 700, at: instant(9) }],
      checks: [{ ...checked, at: instant(10) }],
      findings: [{ ...finding, at: instant(11) }],
      recoveryPoint: { recoveryPointId: "snap-1", sourceStartTime: iso(0) },
      resumes: [{ at: instant(15), gapMs: 77 }],
      aborted: { reason: "SIGINT", at: instant(16) },
      finished: { outcome: "passed", at: instant(17) },
      lastSeq: 17,
      lastAt: instant(17),
    });
    expect(record.recoveryPoints).toEqual([{ recoveryPointId: "snap-1", sourceStartTime: iso(0) }]);
    expect(record.aborted).not.toHaveProperty("detail");
    for (const own of ["plans", "unknownTypes", "points", "head"]) expect(record).not.toHaveProperty(own);
  });

  it("of a journal without a beginning is none", () => {
    expect(() => foldEvents([])).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ code: "nothing-begun" }) }),
    );
  });

  it("has nothing that did not happen", () => {
    expect(recordOf([started()])).toEqual({
      run: expect.anything(),
      startedAt: instant(0),
      resumes: [],
      tools: [],
      phases: [],
      steps: [],
      peopleWaits: [],
      checks: [],
      findings: [],
      calls: [],
      observations: [],
      ledger: [],
      recoveryPoint: {},
      recoveryPoints: [],
      lastSeq: 0,
      lastAt: instant(0),
    });
  });

  it("stops for the first reason it was given, whatever is asked later", () => {
    const { aborted } = recordOf([
      started(),
      { t: 5, type: "abort-requested", reason: "stop-alarm", detail: "errors: too many" },
      { t: 9, type: "abort-requested", reason: "SIGTERM" },
    ]);
    expect(aborted).toEqual({ reason: "stop-alarm", detail: "errors: too many", at: instant(5) });
  });

  it("ends the last of several stretches of the same phase, and none that never began", () => {
    const { phases } = recordOf([
      started(),
      { t: 1, type: "phase-started", phase: "teardown" },
      phaseEnd("teardown", 2, "failed"),
      { t: 3, type: "phase-started", phase: "teardown" },
      phaseEnd("teardown", 4, "passed"),
      phaseEnd("verify", 5, "passed"),
    ]);
    expect(phases).toEqual([
      { phase: "teardown", startedAt: instant(1), finishedAt: instant(2), outcome: "failed" },
      { phase: "teardown", startedAt: instant(3), finishedAt: instant(4), outcome: "passed" },
    ]);
  });
});

describe("a step of the record", () => {
  it("has what the plan says of it, from its beginning on", () => {
    expect(stepOf(begun(5))).toEqual({
      ...ABOUT,
      name: "Copies",
      targetMs: 9_000,
      input: { of: 1 },
      attempts: 1,
      running: true,
      startedAt: instant(5),
      lastAttemptAt: instant(5),
      outputs: {},
      peopleWaitMs: 0,
    });
  });

  it("has no name and no target where the plan has none", () => {
    const steps: readonly PlannedStep[] = [{ id: "copy", phase: "recover", uses: "box.copy", timeoutMs: 1 }];
    const [step] = recordOf([started({ steps }), begun(1)]).steps;
    expect(step).not.toHaveProperty("name");
    expect(step).not.toHaveProperty("targetMs");
    const [unplanned] = recordOf([started({ steps: [] }), begun(1)]).steps;
    expect(unplanned).not.toHaveProperty("name");
  });

  it("that has ended has its outcome, its outputs, and why", () => {
    const ends = { outcome: "failed", failure: FAILURE, reason: "because" } as const;
    expect(stepOf(begun(5), ended(8, ends))).toMatchObject({
      ...ends,
      outputs: { id: "x" },
      running: false,
      startedAt: instant(5),
      finishedAt: instant(8),
    });
    const passed = stepOf(begun(5), ended(8));
    expect(passed).not.toHaveProperty("failure");
    expect(passed).not.toHaveProperty("reason");
  });

  it("has no outcome while another attempt follows", () => {
    const step = stepOf(begun(5), ended(8, { outcome: "failed", willRetry: true }));
    expect(step).not.toHaveProperty("outcome");
    expect(step).toMatchObject({ running: false, finishedAt: instant(8) });
  });

  it("that is tried again counts from its first beginning, and no longer as failed or ended", () => {
    const step = stepOf(begun(5), ended(8, { outcome: "failed", failure: FAILURE, willRetry: true }), begun(12, 2));
    expect(step).toMatchObject({
      startedAt: instant(5),
      lastAttemptAt: instant(12),
      attempts: 2,
      running: true,
      input: { of: 2 },
    });
    expect(step).not.toHaveProperty("failure");
    expect(step).not.toHaveProperty("finishedAt");
  });

  it("that was cut off and is taken up is the same attempt; another number or an ended one is another", () => {
    expect(stepOf(begun(5), begun(20))).toMatchObject({ startedAt: instant(5), lastAttemptAt: instant(5) });
    expect(stepOf(begun(5), begun(20, 2))).toMatchObject({ lastAttemptAt: instant(20) });
    expect(stepOf(begun(5), ended(8, { willRetry: true }), begun(20))).toMatchObject({ lastAttemptAt: instant(20) });
    const known = { running: true, attempts: 2 } as StepRecord;
    expect([isTakenUp(known, 2), isTakenUp(known, 3), isTakenUp({ ...known, running: false }, 2)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(isTakenUp(undefined, 1)).toBe(false);
  });

  it("that never began has ended all the same", () => {
    expect(
      stepOf(ended(8, { outcome: "skipped", outputs: {}, reason: "a step before it did not pass" })),
    ).toMatchObject({
      ...ABOUT,
      outcome: "skipped",
      name: "Copies",
      running: false,
      startedAt: instant(8),
      finishedAt: instant(8),
      input: {},
    });
  });

  it("keeps its last word, and adds up what it waited for people", () => {
    const progress = (t: number, message: string): Timed => ({ t, type: "step-progress", instance: "copy", message });
    const wait = (t: number, durationMs: number): Timed => ({
      t,
      type: "people-wait",
      instance: "copy",
      prompt: "?",
      durationMs,
    });
    const step = stepOf(begun(1), progress(2, "half"), wait(3, 400), progress(4, "nearly"), wait(5, 30), ended(6));
    expect(step).toMatchObject({ lastProgress: "nearly", peopleWaitMs: 430 });
  });

  it("is not made up of words of something that is none", () => {
    const record = recordOf([
      started(),
      { t: 1, type: "step-progress", instance: "teardown", message: "destroying" },
      { t: 2, type: "people-wait", instance: "teardown", prompt: "?", durationMs: 5 },
    ]);
    expect(record.steps).toEqual([]);
    expect(record.peopleWaits).toHaveLength(1);
  });
});

describe("a fold that is under way", () => {
  it("answers without a whole record", () => {
    const fold = new Fold();
    expect([fold.count, fold.startedAtMs, fold.disasterDeclared, fold.unknownTypes]).toEqual([0, undefined, false, []]);
    for (const event of journaled([
      started(),
      { t: 1, type: "phase-started", phase: "prepare" },
      { t: 2, type: "phase-started", phase: "recover" },
      { t: 3, type: "disaster-declared" },
      begun(4),
    ]))
      fold.add(event);
    expect([fold.count, fold.startedAtMs, fold.disasterDeclared]).toEqual([5, Date.parse(iso(0)), true]);
    expect(fold.phase("recover")).toEqual({ phase: "recover", startedAt: instant(2) });
    expect(fold.phase("verify")).toBeUndefined();
    expect(fold.step("copy")).toMatchObject({ running: true });
    expect(fold.step("other")).toBeUndefined();
    expect(fold.ledgerEntry("copy#1/0")).toBeUndefined();
    for (const event of journaled([{ t: 5, type: "resource-intended", resource: RESOURCE }])) fold.add(event);
    expect(fold.ledgerEntry("copy#1/0")).toMatchObject({ ...RESOURCE, state: "intended" });
  });

  it("names each event that it does not know once", () => {
    const fold = new Fold();
    const later = { t: 1, type: "from-the-future" } as unknown as Timed;
    for (const event of journaled([started(), later, later])) fold.add(event);
    expect(fold.unknownTypes).toEqual(["from-the-future"]);
    expect(fold.count).toBe(3);
  });
});
