import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { history as historyCommand } from "../../../src/cli/commands/history.ts";
import { foldEvents } from "../../../src/engine/fold.ts";
import { readJournal } from "../../../src/engine/read-journal.ts";
import { keepSummary } from "../../../src/evidence/history/kept-summary.ts";
import { compareRuns } from "../../../src/evidence/history/compare-runs.ts";
import { nextDue } from "../../../src/evidence/history/cadence.ts";
import { drillHistories } from "../../../src/evidence/history/drill-history.ts";
import { readHistory } from "../../../src/evidence/history/read-history.ts";
import { regressionSignal } from "../../../src/evidence/history/regression.ts";
import { beforeRun } from "../../../src/evidence/history/standing.ts";
import { summarise, type RunSummary } from "../../../src/evidence/history/run-summary.ts";
import { missRateBound, sparkline, spreadOf } from "../../../src/evidence/history/statistics.ts";
import { historyLines } from "../../../src/cli/evidence/history-lines.ts";
import { chained } from "../bundle/small-bundle.ts";
import { capturedIo } from "../../cli/captured-io.ts";
import { recordOf, type Timed } from "../journaled.ts";
import { abortedWithLeftovers, cutOffRun, failedVerification, passedRehearsal } from "../runs.ts";

function run(n: number, rtaMs?: number, more: Partial<RunSummary> = {}): RunSummary {
  const at = new Date(Date.UTC(2026, 0, 1 + n)).toISOString();
  return {
    run: `01RUN${String(n).padStart(3, "0")}`,
    drill: "orders",
    drillSha256: "a",
    startedAt: at,
    endedAt: at,
    evidenceClass: "live",
    outcome: rtaMs === undefined ? "failed" : "passed",
    phaseMs: { recover: (rtaMs ?? 0) / 2, verify: (rtaMs ?? 0) / 2 },
    series: "s",
    ...(rtaMs === undefined ? {} : { rtaMs }),
    ...more,
  };
}

describe("regression signal", () => {
  const before = [100, 110, 90, 105, 95].map((ms, n) => run(n, ms));
  it("takes a value beyond all of five comparable runs and 20 % above their median", () => {
    expect(regressionSignal([...before, run(5, 121)])).toMatchObject({
      run: "01RUN005",
      median: 100,
      worst: 110,
      against: 5,
    });
    expect(regressionSignal([...before, run(5, 120)])).toBeUndefined();
    expect(regressionSignal([...before.map((one, n) => (n === 1 ? run(1, 130) : one)), run(5, 125)])).toBeUndefined();
  });
  it("says nothing of fewer than five, of other series, or of a run that measured nothing", () => {
    expect(regressionSignal([...before.slice(1), run(5, 500)])).toBeUndefined();
    expect(regressionSignal([...before, run(5, 500, { series: "other" })])).toBeUndefined();
    expect(regressionSignal([...before, run(5)])).toBeUndefined();
  });
  it("never fires for a value that was seen before", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 5, maxLength: 20 }),
        fc.nat(),
        (times, pick) => {
          const runs = times.map((ms, n) => run(n, ms));
          expect(regressionSignal([...runs, run(99, times[pick % times.length])])).toBeUndefined();
        },
      ),
    );
  });
});

describe("statistics", () => {
  it("bounds what few good runs can promise", () => {
    expect([4, 6, 12, 30].map((n) => Math.round((missRateBound(n, 0) ?? 0) * 1000) / 10)).toEqual([
      52.7, 39.3, 22.1, 9.5,
    ]);
    expect(missRateBound(4, 1)).toBeUndefined();
    expect(missRateBound(0, 0)).toBeUndefined();
  });
  it("medians and ranges are observed values or half way between two", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 1, maxLength: 40 }), (values) => {
        const spread = spreadOf(values);
        expect(spread).toMatchObject({ n: values.length, least: Math.min(...values), worst: Math.max(...values) });
        const below = values.filter((value) => value <= (spread?.median ?? 0)).length;
        expect(below).toBeGreaterThanOrEqual(values.length / 2);
      }),
    );
    expect(spreadOf([])).toBeUndefined();
  });
  it("draws a character a run", () => {
    expect(sparkline([1, undefined, 8])).toBe("▁·█");
    expect(sparkline([5, 5])).toBe("▄▄");
    expect(sparkline([])).toBe("");
  });
});

describe("cadence", () => {
  it.each([
    ["monthly", "2026-01-31T08:00:00.000Z", "2026-02-28T08:00:00.000Z"],
    ["quarterly", "2026-11-20T08:00:00.500Z", "2027-02-20T08:00:00.500Z"],
    ["yearly", "2024-02-29T00:00:00.000Z", "2025-02-28T00:00:00.000Z"],
    ["30d", "2026-01-01T00:00:00.000Z", "2026-01-31T00:00:00.000Z"],
  ])("%s after %s is %s", (cadence, from, to) => {
    expect(new Date(nextDue(cadence, Date.parse(from)) ?? 0).toISOString()).toBe(to);
  });
});

describe("the history of a drill", () => {
  it("counts every run, keeps rehearsals apart, and prints what it can carry", () => {
    const runs = [
      ...[60_000, 70_000, 65_000].map((ms, n) => run(n, ms, { rtoMs: 3_600_000, cadence: "quarterly" })),
      run(3),
      run(4, undefined, { outcome: "aborted" }),
      run(5, undefined, { outcome: "incomplete" }),
      run(6, undefined, { outcome: "refused" }),
      run(7, 66_000, { rtoMs: 3_600_000, cadence: "quarterly", drillSha256: "b", outcome: "objective-missed" }),
      run(8, 1_000, { evidenceClass: "emulated" }),
    ];
    const [emulated, live] = drillHistories(runs);
    expect(emulated).toMatchObject({ attempted: 1, passed: 1, evidenceClass: "emulated" });
    expect(live).toMatchObject({
      attempted: 7,
      passed: 3,
      failed: 2,
      aborted: 1,
      incomplete: 1,
      refused: 1,
      changedSinceLastPass: true,
    });
    const text = historyLines(live!, { last: 20, now: Date.UTC(2026, 5, 1) }).join("\n");
    expect(text).toContain("n = 8: 7 attempted, 3 passed, 2 failed, 1 aborted, 1 incomplete, 1 refused");
    expect(text).toContain("RTA median 1m 06s, range 1m 00s to 1m 10s, worst of 4: 1m 10s, RTO 1h");
    expect(text).toContain("OVERDUE since 2026-04-03");
    expect(text).toContain("the drill file has changed since it last passed");
    expect(text).not.toMatch(/p95|percentile/);
  });
  it("a refused or stopped run sets no series: what the others measured stays", () => {
    const measured = [60_000, 70_000, 65_000].map((ms, n) => run(n, ms));
    const over = [
      run(3, undefined, { outcome: "aborted", series: "unknown size" }),
      run(4, undefined, { outcome: "refused", series: "unknown size" }),
    ];
    const [history] = drillHistories([...measured, ...over]);
    expect(history).toMatchObject({ rta: { n: 3, median: 65_000 }, otherSeries: 0 });
    const text = historyLines(history!, { last: 20, now: 0 }).join("\n");
    expect(text).toContain("RTA median 1m 05s");
    expect(text).not.toContain("not comparable");
    const [changed] = drillHistories([...measured, ...over, run(5, 90_000, { series: "another" })]);
    expect(changed).toMatchObject({ rta: { n: 1, median: 90_000 }, otherSeries: 3 });
  });
  it("a changed file that steps use starts a new series, and is told", () => {
    const runs = [run(0, 60_000, { filesSha256: "x" }), run(1, 61_000, { filesSha256: "y", outcome: "failed" })];
    const [history] = drillHistories(runs);
    expect(history).toMatchObject({ changedSinceLastPass: true });
    expect(historyLines(history!, { last: 9, now: 0 }).join("\n")).toContain(
      "a file that the drill's steps use has changed since it last passed (run 01RUN000)",
    );
    const seriesOf = (sha256: string) =>
      summarise(
        recordOf(
          passedRehearsal().map((event) =>
            event.type === "run-started" ? { ...event, files: [{ path: "terraform/dlm.tf", sha256 }] } : event,
          ),
        ),
      ).series;
    expect(seriesOf("aa")).toBe(seriesOf("aa"));
    expect(seriesOf("aa")).not.toBe(seriesOf("bb"));
  });
  it("one good run promises little", () => {
    const [only] = drillHistories([run(0, 5_000)]);
    expect(historyLines(only!, { last: 5, now: 0 }).join("\n")).toContain(
      "no miss in 1: with 95 % confidence fewer than 95 % of such runs would miss",
    );
  });
});

describe("how a drill stood after a run", () => {
  const runs = [
    ...[60_000, 61_000, 62_000, 63_000, 64_000].map((ms, n) => run(n, ms, { cadence: "monthly" })),
    run(40, 99_000, { cadence: "monthly", drillSha256: "b" }),
    run(41, 10_000, { cadence: "monthly" }),
    run(3, 1_000, { evidenceClass: "emulated", run: "01REHEARSAL" }),
    run(3, 1_000, { drill: "another" }),
  ];
  const own = runs[5]!;

  it("knows only what began before it, and gives what it can carry", () => {
    const { standing, history } = beforeRun(runs, own);
    expect(history.map(({ runId }) => runId)).toEqual([...runs.slice(0, 5).map((one) => one.run), "01REHEARSAL"]);
    expect(standing).toMatchObject({
      attempted: 6,
      passed: 6,
      failed: 0,
      rta: { n: 6, median: 62_500, worst: 99_000 },
      changedSinceLastPass: true,
      lastPass: "01RUN004",
      signal: expect.stringContaining("is beyond all of the last 5 comparable runs"),
      // Due a month after its pass on 10 February; it began five days after it was due, on 5 February.
      nextDue: "2026-03-10T00:00:00.000Z",
      overdueMs: 5 * 86_400_000,
    });
    expect(beforeRun(runs.toSpliced(6, 1), own)).toEqual(beforeRun(runs, own));
  });

  it("of a rehearsal sets no date, and of the first run compares with nothing", () => {
    const rehearsed = beforeRun(runs, runs[7]!).standing;
    expect(rehearsed).toMatchObject({ attempted: 1, passed: 1, changedSinceLastPass: false });
    expect(rehearsed).not.toHaveProperty("nextDue");
    expect(beforeRun([], runs[0]!).standing).not.toHaveProperty("signal");
  });
});

describe("reading", () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "gameday-history-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const place = () => ({ runs: join(folder, "runs"), cache: join(folder, "history.jsonl") });
  const write = async (id: string, events: Parameters<typeof chained>[0]) => {
    await mkdir(join(folder, "runs", id), { recursive: true });
    const path = join(folder, "runs", id, "journal.jsonl");
    const own = events.map((event) => (event.type === "run-started" ? { ...event, runId: id } : event));
    await writeFile(path, chained(own, undefined).text);
    return path;
  };

  it("gives the same with and without what is cached, and believes no cache over a journal", async () => {
    await write("01A", passedRehearsal());
    const path = await write("01B", cutOffRun());
    await write("01C", abortedWithLeftovers());
    await write("01D", failedVerification());
    const first = await readHistory(place());
    expect(first.runs.map(({ outcome }) => outcome)).toEqual([
      "passed",
      "incomplete",
      "aborted",
      "verification-failed",
    ]);
    expect(await readHistory(place())).toEqual(first);
    const lines = (await readFile(place().cache, "utf8")).replaceAll('"aborted"', '"passed"');
    await writeFile(place().cache, lines.replace(/"head":"[0-9a-f]{64}"/g, `"head":"${"0".repeat(64)}"`));
    expect(await readHistory(place())).toEqual(first);
    await writeFile(
      path,
      chained(
        passedRehearsal().map((event) => (event.type === "run-started" ? { ...event, runId: "01B" } : event)),
        undefined,
      ).text,
    );
    expect((await readHistory(place())).runs[1]?.outcome).toBe("passed");
    await writeFile(place().cache, "{]\n\u0000");
    expect((await readHistory(place())).runs).toHaveLength(4);
  });

  it("believes the summary in a run's folder as long as the journal ends as it did, and is of that run", async () => {
    const path = await write("01A", passedRehearsal());
    const record = foldEvents((await readJournal(path)).events);
    await keepSummary(dirname(path), record);
    const [first] = (await readHistory(place())).runs;
    expect(first).toEqual(summarise(record));
    const kept = join(dirname(path), "summary.json");
    const text = await readFile(kept, "utf8");
    const outcomeWith = async (summary: string) => {
      await rm(place().cache, { force: true });
      await writeFile(kept, summary);
      return (await readHistory(place())).runs.map(({ run: id, outcome }) => `${id} ${outcome}`);
    };
    expect(await outcomeWith(text.replace('"outcome":"passed"', '"outcome":"told"'))).toEqual(["01A told"]);
    expect(await outcomeWith(text.replace('"run":"01A"', '"run":"01B"').replace("passed", "told"))).toEqual([
      "01A passed",
    ]);
    expect(await outcomeWith(text.replace(/"bytes":\d+/, '"bytes":1').replace("passed", "told"))).toEqual([
      "01A passed",
    ]);
    expect(await outcomeWith("{")).toEqual(["01A passed"]);
  });

  it("a slower run than all before gives a signal, and history an exit code for CI", async () => {
    await using io = await capturedIo();
    const runs = join(io.cwd, ".gameday/runs");
    /** A passing live run whose recovery took so many times as long. */
    const paced = async (id: string, pace: number) => {
      const events = passedRehearsal().map((event): Timed => {
        const t = event.t > 2_700 ? 2_700 + (event.t - 2_700) * pace : event.t;
        return event.type === "run-started" ? { ...event, t, runId: id, mode: "live" } : { ...event, t };
      });
      await mkdir(join(runs, id), { recursive: true });
      await writeFile(join(runs, id, "journal.jsonl"), chained(events, undefined).text);
    };
    for (let n = 0; n < 5; n++) await paced(`01A${n}`, 1 + n / 100);
    await paced("01B", 1.1);
    expect(await historyCommand({ failOnRegression: true }, io)).toBe(0);
    await paced("01B", 1.5);
    expect(await historyCommand({}, io)).toBe(0);
    expect(await historyCommand({ failOnRegression: true }, io)).toBe(9);
    expect(io.out()).toContain("SIGNAL run 01B: RTA 9m 18s is beyond all of the last 5 comparable runs");
  });

  it("tells of a journal that is damaged and goes on", async () => {
    const path = await write("01A", passedRehearsal());
    await write("01B", passedRehearsal());
    await writeFile(path, (await readFile(path, "utf8")).replace("us-west-2", "us-west-1"));
    const { runs, unreadable } = await readHistory(place());
    expect(runs.map((one) => one.run)).toEqual(["01B"]);
    expect(unreadable).toMatchObject([{ run: "01A", why: expect.stringContaining("damaged") }]);
  });
});

describe("two runs", () => {
  it("compare by figure, phase and step, and by what changed", () => {
    const [before, after] = [recordOf(passedRehearsal()), recordOf(failedVerification())];
    const comparison = compareRuns(before, {
      ...after,
      run: { ...after.run, drill: { ...after.run.drill, text: "other\n" } },
    });
    expect(comparison.facts).toContainEqual({ what: "outcome", before: "passed", after: "verification-failed" });
    expect(comparison.figures[0]).toEqual({ name: "RTA", before: 372_000 });
    expect(comparison.steps.map(({ name }) => name)).toContain("verify: checksum");
    expect(comparison.drillChanges).toContain("+ other");
  });
  it("tell which files that steps use were changed, added and removed, and the schedule", () => {
    const recordWith = (files: readonly string[], hours: number) =>
      recordOf(
        passedRehearsal().map((event): Timed => {
          if (event.type === "recovery-point")
            return { ...event, schedule: { intervalMs: hours * 3_600_000, startWindowMs: 3_600_000 } };
          if (event.type !== "run-started") return event;
          return { ...event, files: files.map((path) => ({ path, sha256: `${path}${hours}` })) };
        }),
      );
    const comparison = compareRuns(recordWith(["a.tf", "b.tf"], 24), recordWith(["b.tf", "c.tf"], 6));
    expect(comparison.fileChanges).toEqual(["- a.tf", "~ b.tf", "+ c.tf"]);
    expect(comparison.facts).toContainEqual({
      what: "backup schedule",
      before: "at most 24h between two, each up to 1h late",
      after: "at most 6h between two, each up to 1h late",
    });
    expect(comparison.figures.find(({ name }) => name === "worst case by schedule")).toMatchObject({
      before: 25 * 3_600_000 + 40 * 60_000,
      after: 7 * 3_600_000 + 40 * 60_000,
    });
  });
  it("summaries of the same way to recover are of one series, rehearsed and live are not", () => {
    const series = (mode: "live" | "rehearsal") =>
      summarise(recordOf(passedRehearsal().map((event) => (event.type === "run-started" ? { ...event, mode } : event))))
        .series;
    expect(series("live")).toBe(series("live"));
    expect(series("live")).not.toBe(series("rehearsal"));
  });
});
