import { describe, expect, it } from "vitest";
import { testLists } from "../../src/evidence/attestation/tests.ts";
import { unreadVolumes } from "../../src/evidence/checks.ts";
import { measure } from "../../src/evidence/measure.ts";
import { resultOf } from "../../src/evidence/result/result.ts";
import { judge } from "../../src/evidence/verdict.ts";
import { documentOf } from "../../src/reporters/document/document-of.ts";
import { renderMarkdown } from "../../src/reporters/markdown/render.ts";
import { Narrator } from "../../src/reporters/plain.ts";
import { headline } from "../../src/reporters/summary.ts";
import { formatDuration } from "../../src/time/duration.ts";
import { iso, journaled, recordOf, type Timed } from "./journaled.ts";
import { passedRehearsal } from "./runs.ts";

const MIB = 1024 ** 2;
const VOLUME = "vol-0feedface00000001";

describe("a drill that verifies the copy only", () => {
  it("has proven no recovery, and says that the restored volume was never read", () => {
    const record = recordOf(unfinished(onlyBlocks()));
    const verdict = judge(record);
    expect(verdict).toMatchObject({ outcome: "unproven", exitCode: 3 });
    expect(verdict.reasons).toEqual([
      "only the copy was checked, against its source, and nothing that was restored from it: the recovery is not proven",
    ]);
    expect(testLists(record)).toMatchObject({ result: "FAILED", failedTests: ["integrity"] });
    expect(verdict.warnings).toContain(
      `restored volume ${VOLUME} was never read: the check compared the copy, not what was restored`,
    );
    expect(headline(record)).toMatch(/^INCONCLUSIVE: unproven \(simulated\) · .*14 MiB of the copy verified/);
  });

  it("reports deviations, and that no step looked for a marker", async () => {
    const result = resultOf(recordOf(unfinished(onlyBlocks())));
    expect(result.verdict.word).toBe("INCONCLUSIVE");
    const report = await renderMarkdown(result);
    expect(report).toContain("not known: no step read the restored data for a marker");
    expect(report).toContain("of the copy only");
    expect(report).not.toContain("no marker was found");
  });
});

describe("a worst case above the RPO", () => {
  const HOUR_MS = 3_600_000;
  const scheduled = (hours: number) =>
    passedRehearsal().map((event): Timed => {
      if (event.type === "run-started") return { ...event, mode: "live", objectives: { rpoMs: 20 * HOUR_MS } };
      if (event.type !== "recovery-point") return event;
      return { ...event, basis: "scheduled", schedule: { intervalMs: hours * HOUR_MS, startWindowMs: HOUR_MS } };
    });

  it("is a deviation beside an RPA that the time of day made small: verdict, statement, terminal and result say it", async () => {
    const record = recordOf(scheduled(24));
    expect(judge(record)).toMatchObject({ outcome: "passed", exitCode: 0 });
    expect(judge(record).warnings).toContain(
      "the backup schedule allows a loss of 1d 01h 40m 00s, above the RPO of 20h",
    );
    const result = resultOf(record);
    expect(result.verdict.word).toBe("PASS WITH DEVIATIONS");
    expect(result.deviations.map(({ description }) => description)).toEqual(judge(record).warnings);
    expect(result.recoveryPoint.scheduleWorstMs).toBe(25 * HOUR_MS + 40 * 60_000);
    expect(testLists(record)).toMatchObject({ warnedTests: expect.arrayContaining(["rpo"]) });
    expect(headline(record)).toContain("of RPO 20h (the schedule allows 1d 01h 40m 00s)");
    const report = await renderMarkdown(result);
    expect(report).toMatch(
      /\| Worst case that the schedule allows \| 20h \| 1d 01h 40m 00s \| -5h 40m 00s \| above the RPO \|/,
    );
    expect(documentOf(result).measures[1]).toMatchObject({
      note: "RPO 20h · met; the worst case is 1d 01h 40m 00s",
      tone: "warn",
    });
  });

  it("is none where the schedule keeps the RPO", () => {
    const record = recordOf(scheduled(6));
    expect(judge(record).warnings).toEqual([]);
    expect(testLists(record)).toMatchObject({ passedTests: expect.arrayContaining(["rpo"]) });
    expect(headline(record)).toMatch(/^PASS · .* of RPO 20h · /);
  });

  it("counts, too, when it is the one looked back on", () => {
    const points = [iso(-40 * 3600), iso(-4 * 3600)].map((at, index) => ({
      recoveryPointId: `snap-${index}`,
      pointInTime: at,
      availableAt: at,
    }));
    const events = scheduled(6).map((event) =>
      event.type === "recovery-point" ? { ...event, lookback: points } : event,
    );
    expect(judge(recordOf(events)).warnings).toEqual([
      "looking back, the worst case was a loss of 1d 12h 00m 00s, above the RPO of 20h",
    ]);
  });
});

describe("restored volumes", () => {
  it("count as read when a proving check's step was given them", () => {
    expect(unreadVolumes(recordOf(reading(VOLUME)))).toEqual([]);
    expect(unreadVolumes(recordOf(reading("vol-0aaaaaaaaaaaaaaaa")))).toEqual([VOLUME]);
  });

  it("are not said to be unread where a check does not tell what it read", () => {
    expect(unreadVolumes(recordOf(passedRehearsal()))).toEqual([]);
  });
});

describe("verified bytes", () => {
  it("count two copies of one source once, and two sources twice", () => {
    const twice = (expected: string) =>
      onlyBlocks().flatMap((event): readonly Timed[] =>
        event.type === "data-checked" ? [event, { ...event, expected }] : [event],
      );
    expect(measure(recordOf(twice("aa11".padEnd(64, "0"))))).toMatchObject({ verifiedBytes: 14 * MIB });
    expect(measure(recordOf(twice("cc33".padEnd(64, "0"))))).toMatchObject({ verifiedBytes: 28 * MIB });
  });

  it("are of the restored data where any of it was read, however much of the copy was compared", () => {
    const both = passedRehearsal().flatMap((event): readonly Timed[] =>
      event.type === "data-checked"
        ? [event, { ...event, check: "snapshot-blocks", counts: { bytes: 99 * MIB } }]
        : [event],
    );
    expect(measure(recordOf(both))).toMatchObject({ verifiedBytes: 14 * MIB, verifiedIn: "restored data" });
  });
});

describe("clocks that are apart", () => {
  it("give no age, and the report says why", async () => {
    const apart = passedRehearsal().map((event) =>
      event.type === "recovery-point" ? { ...event, markerFoundAt: iso(2_705), sourceStartTime: iso(2_703) } : event,
    );
    const record = recordOf(apart);
    const { point } = measure(record);
    expect(point).toMatchObject({ clocksApartMs: 5_000 });
    expect(point.bestMs).toBeUndefined();
    expect(judge(record).warnings).toContain("the RPO was not measured: clocks differ by at least 5.0s");
    const report = await renderMarkdown(resultOf(record));
    expect(report).toContain("| RPA | unknown: clocks differ by at least 5.0s |");
    expect(report).not.toMatch(/\| -\d/);
  });
});

describe("what the report does not know, it does not claim", () => {
  it("prints the worst that the schedule allows where the policy's schedule is known", async () => {
    const schedule = { intervalMs: 24 * 3_600_000, startWindowMs: 3_600_000 };
    const events = passedRehearsal().map((event) => (event.type === "recovery-point" ? { ...event, schedule } : event));
    const result = resultOf(recordOf(events));
    const copyLagMs = result.recoveryPoint.copyLagMs ?? Number.NaN;
    expect(await renderMarkdown(result)).toContain(
      `| ${formatDuration(25 * 3_600_000 + copyLagMs)}: 1d 00h 00m 00s + 1h 00m 00s + ${formatDuration(copyLagMs)} |`,
    );
  });

  it("says that Terraform's own calls are not counted, and what destroying a stack means for its keys", async () => {
    const events = passedRehearsal().map((event): Timed => {
      if (event.type === "step-started" && event.step === "attach") return { ...event, uses: "terraform.apply" };
      if (event.type === "resource-intended" && event.resource.step === "attach")
        return { ...event, resource: { ...event.resource, kind: "terraform.stack" } };
      return event;
    });
    const report = await renderMarkdown(resultOf(recordOf(events)));
    expect(report).toContain("Terraform makes its calls itself: they are not counted here");
    expect(report).toContain("a KMS key in it is pending deletion until its waiting period ends");
    expect(await renderMarkdown(resultOf(recordOf(passedRehearsal())))).not.toContain("Terraform makes its calls");
  });

  it("names who confirmed", async () => {
    const events = passedRehearsal().map((event) =>
      event.type === "step-finished" && event.step === "attach" ? { ...event, outputs: { confirmedBy: "pat" } } : event,
    );
    expect(await renderMarkdown(resultOf(recordOf(events)))).toContain("| Confirm the host | pat |");
    const narrator = new Narrator();
    const lines = journaled(events).flatMap((event) => narrator.tell(event));
    expect(lines.find((line) => line.includes("attach passed"))).toContain(", confirmed by pat");
  });
});

/** As it is weighed at its end: without the outcome that was journaled. */
function unfinished(events: readonly Timed[]): Timed[] {
  return events.filter(({ type }) => type !== "run-finished");
}

function onlyBlocks(): Timed[] {
  return passedRehearsal().flatMap((event): readonly Timed[] => {
    if (event.type === "recovery-point" && event.markerFoundAt !== undefined) return [];
    return event.type === "data-checked" ? [{ ...event, check: "snapshot-blocks" }] : [event];
  });
}

function reading(volumeId: string): Timed[] {
  return passedRehearsal().map((event) =>
    event.type === "step-started" && event.step === "checksum" ? { ...event, input: { volumeId } } : event,
  );
}
