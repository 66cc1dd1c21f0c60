import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EXIT_CODES } from "../../src/engine/exit-code.ts";
import { judge, verdictOf } from "../../src/evidence/verdict.ts";
import { failure, phase, phaseEnd, resource, started, step } from "./events.ts";
import { recordOf, type Timed } from "./journaled.ts";
import {
  abortedWithLeftovers,
  cutOffRun,
  DISASTER,
  failedVerification,
  finished,
  passedRehearsal,
  refusedRun,
  resumedRehearsal,
  slept,
} from "./runs.ts";

const CUT_OFF = "part of the RTA is known by the wall clock only: the run was cut off during the recovery and resumed";
const JUMPED =
  "part of the RTA is known by the wall clock only: the machine slept or was paused during the recovery, or its clock was set ahead";
const ELSEWHERE = "the machine's clock jumped during the run: not every instant and duration is certain";

function setBack(events: readonly Timed[], at: number): Timed[] {
  const jump = { code: "clock-jumped", severity: "warning", message: "set back", clockJumpMs: -60_000 } as const;
  return [...slept(events, at, 0)].map((event) =>
    event.type === "finding" ? { t: event.t, type: "finding", ...jump } : event,
  );
}

describe("verdict", () => {
  it("passed: recovered, verified, everything destroyed", () => {
    expect(judge(recordOf(passedRehearsal()))).toEqual({
      outcome: "passed",
      exitCode: 0,
      reasons: ["recovered and verified in 6m 12s"],
      warnings: [],
      leftovers: [],
      simulated: true,
    });
  });

  it.each<[string, Timed[], string[]]>([
    ["the run was cut off in the recovery", resumedRehearsal(), [CUT_OFF]],
    ["the machine slept in the recovery", slept(passedRehearsal(), DISASTER + 5, 60), [JUMPED]],
    [
      "both",
      slept(resumedRehearsal(), DISASTER + 5, 60),
      [`${CUT_OFF}; the machine slept or was paused during the recovery, or its clock was set ahead`],
    ],
    ["the machine slept before the disaster", slept(passedRehearsal(), DISASTER - 5, 60), [ELSEWHERE]],
    ["cut off in the recovery, slept before", slept(resumedRehearsal(), DISASTER - 5, 60), [CUT_OFF, ELSEWHERE]],
    ["the clock was set back in the recovery", setBack(passedRehearsal(), DISASTER + 5), [ELSEWHERE]],
  ])("passed, and warned where a steady clock did not see all of it: %s", (_name, events, warnings) => {
    expect(judge(recordOf(events))).toMatchObject({ outcome: "passed", exitCode: 0, warnings });
  });

  it("a recovery in which the machine slept past the RTO has missed it", () => {
    expect(judge(recordOf(slept(passedRehearsal(), DISASTER + 5, 7_200)))).toMatchObject({
      outcome: "objective-missed",
      reasons: ["RTO of 1h missed: measured 2h 06m 12s"],
      warnings: [JUMPED],
    });
  });

  it("verification failed: the step says that the data differ", () => {
    const verdict = judge(recordOf(failedVerification()));
    expect(verdict).toMatchObject({ outcome: "verification-failed", exitCode: 3, simulated: false });
    expect(verdict.reasons[0]).toContain("2 of 214 files differ");
  });

  it("refused: the guard ended the run before its steps", () => {
    expect(judge(recordOf(refusedRun()))).toMatchObject({ outcome: "refused", exitCode: 7 });
  });

  it("aborted with leftovers: exit 6 wins over 130, the outcome stays", () => {
    const verdict = judge(recordOf(abortedWithLeftovers()));
    expect(verdict).toMatchObject({ outcome: "aborted", exitCode: 6 });
    expect(verdict.reasons).toEqual([
      "the run was stopped by SIGINT, in recover",
      "resources may remain: ec2.volume vol-0feedface00000001 in us-west-2",
    ]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["max-duration", 5],
  ] as const)("aborted by %s: exit %i", (reason, exitCode) => {
    const events = abortedWithLeftovers()
      .filter(({ type }) => !type.startsWith("resource"))
      .map((event) => (event.type === "abort-requested" ? { ...event, reason } : event));
    expect(judge(recordOf(events))).toMatchObject({ outcome: "aborted", exitCode });
  });

  it("aborted while the guard was looking: nothing had begun", () => {
    const events: Timed[] = [started(), { t: 0.3, type: "abort-requested", reason: "SIGINT" }, finished(0.4, {})];
    expect(judge(recordOf(events))).toMatchObject({
      outcome: "aborted",
      exitCode: 130,
      reasons: ["the run was stopped by SIGINT, before its first phase"],
    });
  });

  it.each([
    ["at the very instant at which", 0],
    ["after", 1],
  ])("an abort %s verify has passed decides nothing", (_when, later) => {
    const events = passedRehearsal().flatMap((event): Timed[] =>
      event.type === "phase-finished" && event.phase === "verify"
        ? [event, { t: event.t + later, type: "abort-requested", reason: "SIGINT" }]
        : [event],
    );
    expect(judge(recordOf(events))).toMatchObject({ outcome: "passed", exitCode: 0 });
  });

  it("an abort after a failed verification does not hide it", () => {
    const events = failedVerification().flatMap((event): Timed[] =>
      event.type === "phase-started" && event.phase === "teardown"
        ? [event, { t: event.t + 1, type: "abort-requested", reason: "SIGINT" }]
        : [event],
    );
    expect(judge(recordOf(events))).toMatchObject({ outcome: "verification-failed", exitCode: 3 });
  });

  it("unproven: verify passed without one passed check, or by a check made before the disaster only", () => {
    const unchecked = passedRehearsal().filter(({ type }) => type !== "data-checked");
    expect(judge(recordOf(unchecked))).toMatchObject({ outcome: "unproven", exitCode: 3 });
    const early = [...unchecked, { ...aCheck(), t: 8, instance: "marker" }];
    expect(judge(recordOf(early)).outcome).toBe("unproven");
  });

  it("unproven rather than passed when every verify step was skipped", () => {
    const events: Timed[] = [
      started(),
      ...phase("recover", 1, 2, [{ t: 1, type: "disaster-declared" }]),
      ...phase("verify", 2, 3),
      ...phase("teardown", 3, 4),
    ];
    expect(judge(recordOf(events))).toMatchObject({ outcome: "unproven", exitCode: 3 });
  });

  it("failed: a step failed or timed out", () => {
    const events = withStep({ outcome: "timed-out", failure: failure({ consequence: "timeout" }) });
    expect(judge(recordOf(events))).toMatchObject({ outcome: "failed", exitCode: 5 });
  });

  it("internal error: a step threw what is no failure", () => {
    const events = withStep({
      outcome: "failed",
      failure: failure({ code: "internal", message: "gameday has a bug: x" }),
    });
    expect(judge(recordOf(events))).toMatchObject({ outcome: "internal-error", exitCode: 1 });
  });

  it("a step that passed in its second attempt has not failed", () => {
    const first = step({ id: "volume", phase: "recover", uses: "x", from: 2_701, to: 2_702 }, [], {
      outcome: "failed",
      failure: failure(),
      willRetry: true,
    });
    const again = step({ id: "volume", phase: "recover", uses: "x", from: 2_703, to: 2_720, attempt: 2 });
    expect(judge(recordOf(replaceVolume([...first, ...again]))).outcome).toBe("passed");
  });

  it("objective missed: recovered and verified, too late", () => {
    const verdict = judge(recordOf(withObjectives({ rtoMs: 60_000 })));
    expect(verdict).toMatchObject({ outcome: "objective-missed", exitCode: 4 });
    expect(verdict.reasons).toEqual(["RTO of 1m missed: measured 6m 12s"]);
  });

  it("an RPO missed by a backup the drill made itself only warns", () => {
    const events = withObjectives({ rpoMs: 60_000 }).map((event): Timed =>
      event.type === "recovery-point" ? { ...event, basis: "drill-triggered" } : event,
    );
    const verdict = judge(recordOf(events));
    expect(verdict).toMatchObject({ outcome: "passed", exitCode: 0 });
    expect(verdict.warnings[0]).toContain("RPO was missed");
    expect(judge(recordOf(withObjectives({ rpoMs: 60_000 })))).toMatchObject({ outcome: "objective-missed" });
  });

  it("says when an objective was not measured", () => {
    const events = passedRehearsal().filter(({ type }) => type !== "recovery-point");
    expect(judge(recordOf(events)).warnings).toEqual(["the RPO was not measured"]);
  });

  it("cut off, with a sandbox of its own: nothing of it can remain", () => {
    const verdict = judge(recordOf(cutOffRun({})));
    expect(verdict).toMatchObject({ outcome: "aborted", exitCode: 5, leftovers: [] });
    expect(verdict.reasons).toEqual([expect.stringContaining("in its own sandbox, which is gone")]);
  });

  it("cut off: everything the journal cannot tell counts against the run", () => {
    const verdict = judge(recordOf(cutOffRun()));
    expect(verdict).toMatchObject({ outcome: "aborted", exitCode: 6 });
    expect(verdict.reasons[0]).toContain("cut off");
  });

  it("every prefix of a passing run is anything but passed until verify has passed", () => {
    const events = passedRehearsal();
    const verified = events.findIndex((event) => event.type === "phase-finished" && event.phase === "verify");
    for (let length = 1; length <= verified; length++)
      expect(judge(recordOf(events.slice(0, length))).outcome).not.toBe("passed");
  });

  it("one resource that is not confirmed gone makes every run exit 6", () => {
    const runs = [passedRehearsal(), failedVerification(), abortedWithLeftovers(), cutOffRun()];
    fc.assert(
      fc.property(fc.constantFrom(...runs), fc.nat(3_000), (events, t) => {
        const more = resource(t, "late#1/0", { kind: "ec2.volume", id: "vol-late", step: "volume" });
        const open = recordOf([...events.filter(({ type }) => type !== "run-finished"), ...more]);
        expect(judge(open).exitCode).toBe(EXIT_CODES.leftovers.code);
      }),
    );
  });

  it("a finished run keeps what was journaled", () => {
    const events = passedRehearsal().map((event) =>
      event.type === "run-finished" ? finished(event.t, { outcome: "failed", exitCode: 5 }) : event,
    );
    expect(verdictOf(recordOf(events))).toMatchObject({ outcome: "failed", exitCode: 5 });
  });
});

function aCheck(): Timed {
  return passedRehearsal().find(({ type }) => type === "data-checked")!;
}

function withObjectives(objectives: { rtoMs?: number; rpoMs?: number }): Timed[] {
  return passedRehearsal().map((event) => (event.type === "run-started" ? { ...event, objectives } : event));
}

function replaceVolume(steps: readonly Timed[]): Timed[] {
  return passedRehearsal().flatMap((event): readonly Timed[] => {
    if (event.type === "step-started" && event.step === "volume") return steps;
    return event.type === "step-finished" && event.step === "volume" ? [] : [event];
  });
}

/** `recover` ends in its first step. */
function withStep(end: NonNullable<Parameters<typeof step>[2]>): Timed[] {
  return [
    started(),
    { t: 1, type: "phase-started", phase: "recover" },
    { t: 1, type: "disaster-declared" },
    ...step({ id: "volume", phase: "recover", uses: "x", from: 1, to: 4 }, [], end),
    phaseEnd("recover", 4, "failed"),
    ...phase("teardown", 4, 5),
  ];
}
