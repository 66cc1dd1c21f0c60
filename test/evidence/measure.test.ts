import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coveredMs, type Interval } from "../../src/evidence/interval.ts";
import { measure } from "../../src/evidence/measure.ts";
import type { StateObserved } from "../../src/engine/events.ts";
import { identity, phase, started, step } from "./events.ts";
import { iso, recordOf, type Timed } from "./journaled.ts";
import { abortedWithLeftovers, cutOffRun, failedVerification, passedRehearsal, refusedRun } from "./runs.ts";

describe("recovery time", () => {
  it("runs from the declared disaster to the end of the last passed verify step, people's waits included", () => {
    const { recovery } = measure(recordOf(passedRehearsal()));
    expect(recovery).toMatchObject({ rtaMs: 372_000, peopleMs: 60_000, machineMs: 312_000 });
  });

  it("is not measured when verify failed; how long the try lasted is", () => {
    const measurement = measure(recordOf(failedVerification()));
    expect(measurement.recovery).toBeUndefined();
    expect(measurement.unfinishedRecoveryMs).toBe(372_000);
  });

  it("counts a cut-off recovery to the last fact in the journal", () => {
    expect(measure(recordOf(cutOffRun())).unfinishedRecoveryMs).toBe(5_000);
  });

  it("knows nothing where no disaster was declared", () => {
    const measurement = measure(recordOf(refusedRun()));
    expect(measurement.recovery).toBeUndefined();
    expect(measurement.unfinishedRecoveryMs).toBeUndefined();
  });

  it("leaves prepare and teardown out, however long they take", () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), fc.integer({ min: 1, max: 100_000 }), (before, after, recoverS) => {
        const record = recordOf(plainRun({ before, recoverS, after }));
        expect(measure(record).recovery?.rtaMs).toBe(recoverS * 1000);
      }),
    );
  });
});

describe("recovery time by the services' own timestamps", () => {
  const offset = (ms: number): Timed => ({ ...identity(0), clockOffsetMs: { "us-west-2": ms } }) as Timed;
  const verified = (seen: Partial<StateObserved>) => {
    const times = { id: "checksum", phase: "verify", uses: "ebs.verify-checksum", from: 50, to: 100 } as const;
    const saw: Timed = {
      t: 99,
      type: "state-observed",
      instance: "checksum",
      region: "us-west-2",
      kind: "ssm.command",
      id: "command",
      state: "Success",
      ...seen,
    };
    return [
      started(),
      offset(250),
      { t: 10, type: "disaster-declared" } as Timed,
      ...phase("recover", 10, 50),
      ...phase("verify", 50, 100, step(times, [saw])),
    ];
  };

  it("ends when the service says so, on this machine's clock, and not when it was seen", () => {
    const { recovery } = measure(recordOf(verified({ serviceAt: iso(97.5) })));
    expect(recovery).toMatchObject({ rtaMs: 90_000, serviceRtaMs: 88_750 });
  });

  it.each([
    ["the service gives no instant", {}],
    ["the instant is of before the step", { serviceAt: iso(5) }],
    ["the instant is still to come", { serviceAt: iso(130) }],
    ["another step has seen it", { serviceAt: iso(97), instance: "attach" }],
  ])("is not told where %s", (_why, seen) => {
    const { recovery } = measure(recordOf(verified(seen)));
    expect(recovery?.rtaMs).toBe(90_000);
    expect(recovery?.serviceRtaMs).toBeUndefined();
  });
});

describe("waits for people", () => {
  it("count once where they overlap, and only inside the window", () => {
    const intervals = [
      { from: 0, to: 20 },
      { from: 15, to: 30 },
      { from: 15, to: 18 },
      { from: 90, to: 200 },
    ];
    expect(coveredMs(intervals, { from: 10, to: 100 })).toBe(30);
  });

  it("cover what counting every millisecond gives", () => {
    const interval = fc.tuple(fc.nat(60), fc.nat(60)).map(([a, b]): Interval => ({ from: a, to: b }));
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 8 }), interval, (intervals, window) => {
        const ticks = Array.from({ length: 61 }, (_, ms) => ms);
        const inside = (at: number, { from, to }: Interval) => at >= from && at < to;
        const expected = ticks.filter((ms) => inside(ms, window) && intervals.some((one) => inside(ms, one))).length;
        expect(coveredMs(intervals, window)).toBe(expected);
      }),
    );
  });

  it("never make machine time negative or longer than the RTA", () => {
    const wait = fc.record({ end: fc.nat(400), ms: fc.nat(500_000) });
    fc.assert(
      fc.property(fc.array(wait, { maxLength: 6 }), (waits) => {
        const record = recordOf(plainRun({ before: 50, recoverS: 200, after: 10, waits }));
        const { rtaMs, peopleMs, machineMs } = measure(record).recovery!;
        expect(peopleMs + machineMs).toBe(rtaMs);
        expect(machineMs).toBeGreaterThanOrEqual(0);
        expect(peopleMs).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe("recovery point", () => {
  it("is measured from the marker in the restored data, with the source's StartTime beside it", () => {
    expect(measure(recordOf(passedRehearsal())).point).toEqual({
      rpaMs: 2_695_000,
      rpaFromSourceMs: 2_640_000,
      bestMs: 2_695_000,
      measuredFrom: "marker in the restored data",
      copyLagMs: 2_400_000,
      copyMs: 2_340_000,
      basis: "scheduled",
    });
  });

  it("falls back to the source's StartTime, and says so", () => {
    const { point } = measure(recordOf(abortedWithLeftovers()));
    expect(point.rpaMs).toBeUndefined();
    expect(point).toMatchObject({ bestMs: 2_640_000, measuredFrom: "StartTime of the source snapshot" });
  });

  it("survives instants that are none", () => {
    const events = plainRun({ before: 1, recoverS: 5, after: 1 });
    const junk: Timed = {
      t: 2,
      type: "recovery-point",
      instance: "x",
      markerFoundAt: "yesterday",
      sourceStartTime: "",
    };
    expect(measure(recordOf([...events, junk])).point).toEqual({});
  });
});

describe("objectives", () => {
  it("are compared with a margin, and measured past their target", () => {
    const record = recordOf(plainRun({ before: 1, recoverS: 500, after: 1, rtoMs: 300_000 }));
    expect(measure(record).objectives).toEqual([
      {
        objective: "RTO",
        targetMs: 300_000,
        actualMs: 500_000,
        met: false,
        marginMs: -200_000,
        usedFraction: 5 / 3,
        atRisk: false,
        warnsOnly: false,
      },
    ]);
  });

  it("know a miss of a recovery that never ended, and nothing of one given up in time", () => {
    const late = failedVerification().map((event) =>
      event.type === "run-started" ? { ...event, objectives: { rtoMs: 60_000 } } : event,
    );
    expect(measure(recordOf(late)).objectives).toEqual([
      { objective: "RTO", targetMs: 60_000, atLeastMs: 372_000, met: false, atRisk: false, warnsOnly: false },
    ]);
    const [rto] = measure(recordOf(failedVerification())).objectives;
    expect(rto).toEqual({ objective: "RTO", targetMs: 3_600_000, atLeastMs: 372_000, atRisk: false, warnsOnly: false });
  });

  it("are met exactly when the actual is not above the target", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999 }), fc.integer({ min: 1, max: 9_999 }), (recoverS, rtoS) => {
        const record = recordOf(plainRun({ before: 1, recoverS, after: 1, rtoMs: rtoS * 1000 }));
        const [rto] = measure(record).objectives;
        expect(rto?.met).toBe(recoverS <= rtoS);
        expect(rto?.marginMs).toBe((rtoS - recoverS) * 1000);
      }),
    );
  });
});

describe("the rest", () => {
  it("counts AWS calls by operation and Region, errors and request ids apart", () => {
    const calls = measure(recordOf(passedRehearsal())).calls;
    expect(calls[0]).toEqual({
      service: "ec2",
      operation: "DescribeSnapshots",
      region: "us-west-2",
      count: 3,
      errors: 1,
      retries: 0,
      withRequestId: 3,
    });
    expect(calls.map(({ operation }) => operation)).toEqual(["DescribeSnapshots", "CreateSnapshot", "CreateVolume"]);
  });

  it("lists missed step targets, hydration and the bytes that were compared", () => {
    const slow = passedRehearsal().map((event) =>
      event.type === "run-started"
        ? { ...event, steps: event.steps.map((plan) => (plan.id === "volume" ? { ...plan, targetMs: 5_000 } : plan)) }
        : event,
    );
    const measurement = measure(recordOf(slow));
    expect(measurement.missedTargets).toEqual([{ instance: "volume", targetMs: 5_000, actualMs: 20_000 }]);
    expect(measurement.hydration).toEqual([{ instance: "checksum", durationMs: 140_000 }]);
    expect(measurement.verifiedBytes).toBe(14 * 1024 ** 2);
  });

  it("counts data that was checked in two ways once, and other data apart", () => {
    const checks = passedRehearsal().flatMap((event): Timed[] =>
      event.type === "data-checked"
        ? [event, { ...event, expected: "cc33" }, { ...event, check: "snapshot-blocks" }]
        : [event],
    );
    expect(measure(recordOf(checks)).verifiedBytes).toBe(2 * 14 * 1024 ** 2);
  });

  it("times every phase, also the one a run was cut off in", () => {
    expect(
      measure(recordOf(passedRehearsal())).phases.map(({ phase: name, durationMs }) => [name, durationMs]),
    ).toEqual([
      ["prepare", 2_699_000],
      ["recover", 200_000],
      ["verify", 172_000],
      ["teardown", 30_000],
    ]);
    expect(measure(recordOf(cutOffRun())).phases.at(-1)).toEqual({
      phase: "recover",
      outcome: "cut off",
      wallClock: false,
      durationMs: 5_000,
    });
  });
});

interface Shape {
  readonly before: number;
  readonly recoverS: number;
  readonly after: number;
  readonly rtoMs?: number;
  readonly waits?: readonly { readonly end: number; readonly ms: number }[];
}

function plainRun({ before, recoverS, after, rtoMs, waits = [] }: Shape): Timed[] {
  const end = before + recoverS;
  return [
    started({ objectives: rtoMs === undefined ? {} : { rtoMs } }),
    ...phase("prepare", 0, before),
    ...phase("recover", before, before, [{ t: before, type: "disaster-declared" }]),
    ...phase("verify", before, end, step({ id: "checksum", phase: "verify", uses: "x", from: before, to: end })),
    ...phase("teardown", end, end + after),
    ...waits.map(({ end: t, ms }): Timed => ({
      t,
      type: "people-wait",
      instance: "checksum",
      prompt: "?",
      durationMs: ms,
    })),
  ];
}

it("helpers of this file place instants where they say", () => {
  expect(iso(5)).toBe("2026-11-20T10:00:05.000Z");
});
