import { describe, expect, it } from "vitest";
import { judge } from "../../src/evidence/verdict.ts";
import { failure, identity, phase, resource, started, step } from "./events.ts";
import { recordOf, type Timed } from "./journaled.ts";
import { failedVerification, finished, passedRehearsal, refusedRun } from "./runs.ts";

/** What a reader is told of a verdict: why it is, and what else deserves attention. */
const judged = (events: readonly Timed[]) => judge(recordOf(events));

const OWN_BACKUP = "the drill itself made the backup: its RPA says nothing of the backup schedule";

describe("reasons", () => {
  it("of a bug is the bug's own words, of a step or of the run", () => {
    const bug = failure({ code: "internal", message: "gameday has a bug: x is undefined" });
    const events = [
      started(),
      identity(0.5),
      ...phase("recover", 1, 3, recovering({ outcome: "failed", failure: bug })),
    ];
    expect(judged(events)).toMatchObject({ outcome: "internal-error", reasons: [bug.message] });
    expect(judged([started(), finished(1, { failure: bug })])).toMatchObject({ exitCode: 1, reasons: [bug.message] });
  });

  it("of a refusal are the guard's; where another run holds the lock, it exits 11", () => {
    expect(judged(refusedRun()).reasons).toEqual([
      "the credentials are of account 999988887777, and the drill allows 111122223333 only",
    ]);
    const locked = failure({ code: "locked", message: "run 01OTHER of this drill is going on", consequence: "locked" });
    expect(judged([started(), finished(1, { failure: locked })])).toMatchObject({
      outcome: "refused",
      exitCode: 11,
      reasons: [locked.message],
    });
  });

  it("of a run that ended before a step could fail are the run's own, and come before those of steps", () => {
    const disk = failure({ code: "disk-full", message: "the disk is full" });
    expect(judged([started(), identity(0.5), finished(1, { failure: disk })])).toMatchObject({
      outcome: "failed",
      exitCode: 5,
      reasons: ["the disk is full"],
    });
    const failed = phase("recover", 1, 3, recovering({ outcome: "failed" }));
    expect(judged([started(), identity(0.5), ...failed, finished(4, { failure: disk })]).reasons).toEqual([
      "the disk is full",
      "recover step volume failed: no reason",
    ]);
  });

  it("of a recovery without a passed check say which kind of check was missing", () => {
    const unchecked = passedRehearsal().filter(({ type }) => type !== "data-checked");
    expect(judged(unchecked).reasons).toEqual([
      "no check of the recovered data has passed: the recovery is not proven",
    ]);
    const unverified = [started(), identity(0.5), ...phase("recover", 1, 2), ...phase("verify", 2, 3)];
    expect(judged(unverified)).toMatchObject({ outcome: "unproven", exitCode: 3 });
    expect(judged(unverified).reasons).toEqual(["no step of verify has passed: the recovery is not proven"]);
  });

  it("list five resources that may remain, and count the others", () => {
    const remaining = (count: number) => {
      const many = Array.from({ length: count }, (_, n) =>
        resource(2_701, `more#1/${n}`, { kind: "ec2.volume", id: `vol-${n}`, step: "volume" }),
      );
      return judged([...passedRehearsal(), ...many.flat()]).reasons.at(-1);
    };
    const five = [0, 1, 2, 3, 4].map((n) => `ec2.volume vol-${n} in us-west-2`).join(", ");
    expect(remaining(5)).toBe(`resources may remain: ${five}`);
    expect(remaining(7)).toBe(`resources may remain: ${five} and 2 more`);
  });
});

describe("warnings", () => {
  it("a run that recovered nothing has none of a recovery", () => {
    expect(judged(failedVerification())).toMatchObject({ outcome: "verification-failed", warnings: [] });
  });

  it("a backup that the drill made says nothing of a schedule, where there is an RPO to hold it against", () => {
    expect(judged(madeByDrill(passedRehearsal())).warnings).toEqual([OWN_BACKUP]);
    const noObjective = withObjectives(madeByDrill(passedRehearsal()), { rtoMs: 3_600_000 });
    expect(judged(noObjective).warnings).toEqual([]);
    expect(judged(madeByDrill(failedVerification())).warnings).toEqual([]);
    const noFigure = madeByDrill(passedRehearsal()).map((event): Timed => {
      if (event.type !== "recovery-point") return event;
      const { sourceStartTime: _source, markerFoundAt: _found, ...rest } = event;
      return rest;
    });
    expect(judged(noFigure).warnings).toEqual(["the RPO was not measured"]);
  });

  it("clocks that were apart warn only where an RPA was measured with them", () => {
    const apart = (events: readonly Timed[]) =>
      events.map((event): Timed =>
        event.type === "identity-confirmed" ? { ...event, clockOffsetMs: { "us-east-1": 90_000 } } : event,
      );
    expect(judged(apart(passedRehearsal())).warnings).toEqual([
      "the machine's clock and AWS's were 1m 30s apart in us-east-1: the RPA is off by as much",
    ]);
    const noPoint = passedRehearsal().filter(({ type }) => type !== "recovery-point");
    expect(judged(apart(noPoint)).warnings).toEqual(["the RPO was not measured"]);
  });

  it("a finding that is not of the clock is no jump of it", () => {
    const finding = { type: "finding", code: "slow", severity: "warning", message: "slow" } as const;
    const events = passedRehearsal().flatMap((event): readonly Timed[] =>
      event.type === "disaster-declared" ? [event, { t: event.t, ...finding }] : [event],
    );
    expect(judged(events).warnings).toEqual([]);
  });

  it("restored volumes that nothing has read are told: the first, and how many", () => {
    const read = passedRehearsal().map((event): Timed =>
      event.type === "step-started" && event.step === "checksum"
        ? { ...event, input: { volumeId: "vol-0feedface00000001" } }
        : event,
    );
    const more = [1, 2].map((n) =>
      resource(2_701, `more#1/${n}`, { kind: "ec2.volume", id: `vol-0${n}`, step: "volume" }),
    );
    const withVolumes = (count: number) => [...read, ...more.slice(0, count).flat()];
    expect(judged(withVolumes(0)).warnings).toEqual([]);
    expect(judged(withVolumes(1)).warnings).toEqual(["restored volume vol-01 was never read"]);
    const blocks = read.flatMap((event): Timed[] =>
      event.type === "data-checked" ? [{ ...event, check: "snapshot-blocks" }, event] : [event],
    );
    expect(judged([...blocks, ...more.flat()]).warnings).toEqual([
      "2 restored volumes (vol-01 is the first) were never read",
    ]);
  });

  it("what was kept on purpose is told with its time and what removes it, and leaves nothing behind", () => {
    const until = "2026-11-21T10:00:00.000Z";
    const keep = (...keys: string[]) =>
      passedRehearsal().flatMap((event): Timed[] => {
        if (!("key" in event) || !keys.includes(event.key) || event.type === "resource-created") return [event];
        return event.type === "resource-deleted"
          ? [{ t: event.t, type: "resource-kept", key: event.key, until, tagged: true }]
          : [];
      });
    const tail =
      "kept on purpose, until 2026-11-21T10:00:00.000Z (nothing removes them by itself): " +
      "gameday resume 01JD3Q4Z6V8W0X2Y4Z6A8B0C2D tears down, gameday cleanup 01JD3Q4Z6V8W0X2Y4Z6A8B0C2D --yes only deletes";
    expect(judged(keep("copy#1/0"))).toMatchObject({ exitCode: 0, leftovers: [], warnings: [`1 resource is ${tail}`] });
    expect(judged(keep("copy#1/0", "volume#1/0")).warnings).toEqual([`2 resources are ${tail}`]);
  });
});

function recovering(end: NonNullable<Parameters<typeof step>[2]>): Timed[] {
  return [
    { t: 1, type: "disaster-declared" },
    ...step({ id: "volume", phase: "recover", uses: "ebs.restore-volume", from: 1, to: 2 }, [], end),
  ];
}

function madeByDrill(events: readonly Timed[]): Timed[] {
  return events.map((event) =>
    event.type === "recovery-point" ? { ...event, basis: "drill-triggered" as const } : event,
  );
}

function withObjectives(events: readonly Timed[], objectives: { rtoMs?: number; rpoMs?: number }): Timed[] {
  return events.map((event) => (event.type === "run-started" ? { ...event, objectives } : event));
}
