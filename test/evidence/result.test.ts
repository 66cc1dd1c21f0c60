import { readFile } from "node:fs/promises";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lookbackOf } from "../../src/evidence/lookback.ts";
import { resultJsonSchema, resultSchema } from "../../src/evidence/result/schema.ts";
import { resultOf } from "../../src/evidence/result/result.ts";
import { renderMarkdown } from "../../src/reporters/markdown/render.ts";
import { resultOfRun, RUNS } from "../reporters/results.ts";
import { resource, started, step } from "./events.ts";
import { iso, recordOf, type Timed } from "./journaled.ts";
import { DISASTER, passedRehearsal, resumedRehearsal, slept } from "./runs.ts";

const SCHEMA = new URL("../../schema/result.schema.json", import.meta.url);

describe("result.json", () => {
  it("follows its schema, of every beginning of every run", () => {
    for (const events of Object.values(RUNS).map((run) => run()))
      for (let length = 1; length <= events.length; length++) {
        const result = resultOf(recordOf(events.slice(0, length)));
        expect(resultSchema.parse(result)).toEqual(result);
      }
  });

  it("has the published JSON Schema (if not: npm run build && node dist/gameday.js schema result > schema/result.schema.json)", async () => {
    expect(JSON.parse(await readFile(SCHEMA, "utf8"))).toEqual(JSON.parse(JSON.stringify(resultJsonSchema())));
  });

  it("lets nothing through that it does not declare: inputs, outputs, attributes, tags, home folders", () => {
    const events = passedRehearsal().map((event): Timed => {
      if (event.type === "step-started") return { ...event, input: { hidden: "LEAK" } };
      if (event.type === "step-finished") return { ...event, outputs: { hidden: "LEAK", hydrationMs: 1 } };
      if (event.type === "resource-intended")
        return { ...event, resource: { ...event.resource, tags: { LEAK: "LEAK" }, attributes: { LEAK: "LEAK" } } };
      return event.type === "recovery-point" ? ({ ...event, LEAK: "LEAK" } as Timed) : event;
    });
    const text = JSON.stringify(resultOf(recordOf(events)));
    expect(text).not.toContain("LEAK");
    expect(text).not.toContain("/home/");
  });
});

describe("a step's resources", () => {
  it("are all in the result and in the report's steps", async () => {
    const made = resource(9, "copy#1/1", { kind: "ec2.snapshot", id: "snap-0aaaaaaaaaaaaaaaa", step: "copy" });
    const events = passedRehearsal().flatMap((event) =>
      event.type === "step-started" && event.instance === "copy" ? [event, ...made] : [event],
    );
    const result = resultOf(recordOf(events));
    const { resourceIds = [] } = result.steps.find(({ instance }) => instance === "copy") ?? {};
    expect(resourceIds).toEqual(result.resources.flatMap((one) => (one.step === "copy" ? [one.id] : [])));
    expect(resourceIds).toHaveLength(2);
    expect(await renderMarkdown(result)).toContain(`\`${resourceIds.join(", ")}\``);
  });
});

describe("what the plan announced and nobody saw", () => {
  const announcing = (extra: readonly Timed[] = []) =>
    passedRehearsal().flatMap((event): readonly Timed[] => {
      if (event.type === "phase-started" && event.phase === "teardown") return [event, ...extra];
      if (event.type !== "run-started") return [event];
      const creates: Readonly<Record<string, readonly string[]>> = { marker: ["ec2.snapshot"], copy: ["ec2.snapshot"] };
      const steps = event.steps.map((plan) => ({
        ...plan,
        ...(creates[plan.id] ? { creates: creates[plan.id]! } : {}),
      }));
      return [{ ...event, steps }];
    });

  it("is told, and never counted as gone", async () => {
    const result = resultOf(recordOf(announcing()));
    expect(result.notSeen).toEqual([{ step: "marker", kind: "ec2.snapshot", looked: true }]);
    const report = await renderMarkdown(result);
    expect(report).toContain(
      "| Announced, not seen | ec2.snapshot by marker: looked for by the run's tag, none found |",
    );
    expect(report).toContain("3 resources made, 3 confirmed gone");
  });

  it("is told otherwise where it could not be looked for everywhere", async () => {
    const blind: Timed = {
      t: 3_072,
      type: "finding",
      code: "sweep-incomplete",
      severity: "warning",
      message: "denied",
    };
    const result = resultOf(recordOf(announcing([blind])));
    expect(result.notSeen).toEqual([{ step: "marker", kind: "ec2.snapshot", looked: false }]);
    expect(await renderMarkdown(result)).toContain("ec2.snapshot by marker: could not be looked for everywhere");
  });
});

describe("the verdict's word", () => {
  it.each([
    ["passed-rehearsal", "PASS"],
    ["failed-verification", "FAIL"],
    ["refused", "ABORTED"],
    ["aborted-with-leftovers", "ABORTED"],
    ["cut-off", "ABORTED"],
  ] as const)("of %s is %s", (name, word) => {
    expect(resultOfRun(name).verdict.word).toBe(word);
  });

  it("is PASS WITH DEVIATIONS when there is a finding worth a warning", () => {
    const finding: Timed = { t: 3, type: "finding", code: "x", severity: "warning", message: "y" };
    const withFinding = passedRehearsal().toSpliced(5, 0, finding);
    expect(resultOf(recordOf(withFinding)).verdict.word).toBe("PASS WITH DEVIATIONS");
  });

  it("is INCONCLUSIVE at best without a passed check", () => {
    const unchecked = passedRehearsal()
      .filter(({ type }) => type !== "data-checked")
      .map((event) => (event.type === "run-finished" ? { ...event, outcome: "unproven" as const } : event));
    expect(resultOf(recordOf(unchecked)).verdict.word).toBe("INCONCLUSIVE");
  });
});

describe("what the recovery time went into", () => {
  it("adds up to it, and so do the milestones", () => {
    const wait = fc.record({ end: fc.nat(900), ms: fc.nat(500_000) });
    const call = fc.record({ end: fc.nat(900), ms: fc.nat(60_000) });
    fc.assert(
      fc.property(
        fc.array(wait, { maxLength: 5 }),
        fc.array(call, { maxLength: 8 }),
        fc.integer({ min: 1, max: 400 }),
        (waits, calls, lost) => {
          const { recoveryTime } = resultOf(recordOf(retried(waits, calls, lost)));
          const { split, rtaMs, machineMs, decisionMs, restoreMs, verifyMs } = recoveryTime!;
          const parts = [split.cutOffMs, split.peopleMs, split.retryMs, split.awsMs, split.ownMs];
          expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
          expect(sum(parts)).toBe(rtaMs);
          expect(split.peopleMs + machineMs).toBe(rtaMs);
          expect(decisionMs + restoreMs + verifyMs).toBe(rtaMs);
          const path = recoveryTime!.criticalPath;
          expect(sum(path.map(({ durationMs, gapMs }) => durationMs + gapMs))).toBe(rtaMs);
        },
      ),
    );
  });

  it("counts the time of attempts that were made again", () => {
    const { split } = resultOf(recordOf(retried([], [], 300))).recoveryTime!;
    expect(split).toEqual({ cutOffMs: 0, peopleMs: 0, retryMs: 300_000, awsMs: 0, ownMs: 700_000 });
  });

  it("counts the time in which a run that was cut off lay still, and calls the RTA wall-clock time", () => {
    const { recoveryTime, steps, phases } = resultOf(recordOf(resumedRehearsal()));
    expect(recoveryTime).toMatchObject({ wallClock: true, rtaMs: 672_000, split: { cutOffMs: 300_000 } });
    expect(steps.filter(({ wallClock }) => wallClock).map(({ instance }) => instance)).toEqual(["volume"]);
    expect(phases.filter(({ wallClock }) => wallClock).map(({ phase }) => phase)).toEqual(["recover"]);
  });

  it("counts the time that the machine slept in the same way, and tells the one cause from the other", () => {
    const inRestore = DISASTER + 5;
    const { recoveryTime, steps, phases } = resultOf(recordOf(slept(passedRehearsal(), inRestore, 7_200)));
    expect(recoveryTime).toMatchObject({
      wallClock: true,
      wallClockCauses: ["clock-jump"],
      rtaMs: 7_572_000,
      split: { cutOffMs: 7_200_000 },
    });
    expect(steps.filter(({ wallClock }) => wallClock).map(({ instance }) => instance)).toEqual(["volume"]);
    expect(phases.filter(({ wallClock }) => wallClock).map(({ phase }) => phase)).toEqual(["recover"]);
    const causes = (events: Timed[]) => resultOf(recordOf(events)).recoveryTime?.wallClockCauses;
    expect(causes(resumedRehearsal())).toEqual(["cut-off"]);
    expect(causes(slept(resumedRehearsal(), inRestore, 60))).toEqual(["cut-off", "clock-jump"]);
    expect(causes(slept(passedRehearsal(), DISASTER - 5, 60))).toBeUndefined();
    expect(causes(passedRehearsal())).toBeUndefined();
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

interface End {
  readonly end: number;
  readonly ms: number;
}

/** Disaster at 0, a restore whose first attempt takes `lost` seconds and whose second lasts until 500, verified at 1,000. */
function retried(waits: readonly End[], calls: readonly End[], lost: number): Timed[] {
  const restore = { id: "volume", phase: "recover", uses: "ebs.restore-volume" } as const;
  const inside: Timed[] = [
    ...waits.map(({ end, ms }): Timed => ({
      t: end,
      type: "people-wait",
      instance: "volume",
      prompt: "?",
      durationMs: ms,
    })),
    ...calls.map(({ end, ms }): Timed => {
      const call = { service: "ec2", operation: "X", region: "r", startedAt: iso(0), attempts: 1 };
      return { t: end, type: "aws-call", ...call, durationMs: ms };
    }),
  ];
  return [
    started(),
    { t: 0, type: "phase-started", phase: "recover" },
    { t: 0, type: "disaster-declared" },
    ...step({ ...restore, from: 0, to: lost }, [], { outcome: "failed", willRetry: true }),
    ...step({ ...restore, from: lost, to: 500, attempt: 2 }, inside),
    { t: 500, type: "phase-finished", phase: "recover", outcome: "passed" },
    { t: 500, type: "phase-started", phase: "verify" },
    ...step({ id: "checksum", phase: "verify", uses: "ebs.verify-checksum", from: 500, to: 1_000 }),
    { t: 1_000, type: "phase-finished", phase: "verify", outcome: "passed" },
  ];
}

describe("worst-case RPO", () => {
  const point = (id: number, taken: number, available: number) => ({
    recoveryPointId: `snap-${id}`,
    pointInTime: iso(taken),
    availableAt: iso(available),
  });

  it("is the longest time from a point in time until the next one was available", () => {
    const { worstMs, points } = lookbackOf([point(1, 0, 60), point(2, 3_600, 3_700), point(3, 7_200, 9_000)]);
    expect(points.map(({ exposureMs }) => exposureMs)).toEqual([3_700_000, 5_400_000, undefined]);
    expect(worstMs).toBe(5_400_000);
  });

  it("is not measured with fewer than two points, and leaves out instants that are none", () => {
    expect(lookbackOf([point(1, 0, 60)]).worstMs).toBeUndefined();
    expect(lookbackOf([point(1, 0, 60), { ...point(2, 0, 0), pointInTime: "soon" }]).points).toHaveLength(1);
  });

  it("does not count a copy that was overtaken as the newest", () => {
    const { worstMs } = lookbackOf([point(1, 100, 150), point(2, 0, 200), point(3, 300, 400)]);
    expect(worstMs).toBe(300_000);
  });

  it("is in the result, the run's own point ending the row", () => {
    const events = passedRehearsal().map((event): Timed =>
      event.type === "recovery-point" && event.recoveryPointId !== undefined
        ? { ...event, lookback: [point(1, -86_400, -84_000)] }
        : event,
    );
    const { recoveryPoint } = resultOf(recordOf(events));
    expect(recoveryPoint.lookback).toHaveLength(2);
    expect(recoveryPoint.worstMs).toBe((86_400 + 2_460) * 1000);
  });
});
