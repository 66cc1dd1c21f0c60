import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resultOf, type Result } from "../../src/evidence/result/result.ts";
import { REPORT_FORMATS } from "../../src/reporters/format-names.ts";
import { renderReport } from "../../src/reporters/formats.ts";
import { annotations } from "../../src/reporters/github.ts";
import { STEERING } from "../evidence/hostile.ts";
import { recordOf, type Timed } from "../evidence/journaled.ts";
import { manySteps } from "../evidence/many-steps.ts";
import { failedVerification } from "../evidence/runs.ts";
import { resultOfRun, RUNS } from "./results.ts";

const NAMES = Object.keys(RUNS) as readonly (keyof typeof RUNS)[];

describe("every format", () => {
  it.each(REPORT_FORMATS)(
    "%s says beside the verdict of a rehearsal that it is one, and never of a live run",
    async (format) => {
      const rehearsed = await renderReport(resultOfRun("passed-rehearsal"), format);
      const live = await renderReport(resultOfRun("failed-verification"), format);
      expect(rehearsed).toMatch(SIMULATED);
      expect(live).toContain("FAIL");
      expect(live.replace(/<style>.*?<\/style>/s, "")).not.toMatch(SIMULATED);
    },
  );
});

/** `PASS · SIMULATED`, or a field of its own beside the word. */
const SIMULATED = /PASS · SIMULATED|\bemulated\b/;

describe("JUnit", () => {
  it("has a case for every step, check and objective, the failures counted", async () => {
    const xml = await renderReport(resultOfRun("failed-verification"), "junit");
    expect(xml).toContain(
      '<testsuites name="gameday ebs-snapshot-copy" time="3103" tests="8" failures="2" errors="0" skipped="2">',
    );
    expect(xml).toContain(
      '<failure type="data-differs" message="2 of 214 files differ from the manifest taken before the backup"/>',
    );
    expect(xml).toContain('<property name="gameday.verdict" value="FAIL"/>');
  });

  it.each(NAMES)("of %s is well-formed, without characters that XML forbids", async (name) => {
    const xml = await renderReport(resultOfRun(name), "junit");
    expect(balanced(xml)).toBe(true);
    expect(xml).not.toMatch(STEERING);
    expect(xml).not.toMatch(/&(?!(?:amp|lt|gt|quot|#\d+);)/);
  });
});

/** Every element that is opened is closed, in order; attributes are quoted and hold no `<`. */
function balanced(xml: string): boolean {
  const open: string[] = [];
  const rest = xml.replace(/<(\/?)([a-z]+)((?: [a-z.-]+="[^"<]*")*)(\/?)>/g, (_, closes, name, _attributes, empty) => {
    if (closes && open.pop() !== name) open.push("out of order");
    if (!closes && !empty) open.push(name);
    return "";
  });
  return open.length === 0 && !/[<>]/.test(rest.replace('<?xml version="1.0" encoding="UTF-8"?>', ""));
}

describe("CSV", () => {
  it("has one row of the run and one of each step, in seconds", async () => {
    const [head, run, ...steps] = rowsOf(await renderReport(resultOfRun("passed-rehearsal"), "csv"));
    const of = (row: readonly string[] | undefined, name: string) => row?.[head?.indexOf(name) ?? -1];
    expect([of(run, "record"), of(run, "verdict"), of(run, "rta_s"), of(run, "rto_s")]).toEqual([
      "run",
      "PASS",
      "372",
      "3600",
    ]);
    expect(steps).toHaveLength(5);
    expect([of(steps[2], "step"), of(steps[2], "duration_s"), of(steps[2], "target_missed")]).toEqual([
      "volume",
      "20",
      "false",
    ]);
  });

  it("never holds a field that a spreadsheet would calculate, and keeps its columns", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "binary" }),
        fc.constantFrom("=", "+", "-", "@", "\t", "\r", " =", "\u200b="),
        async (text, sign) => {
          const [first, ...others] = resultOfRun("passed-rehearsal").steps;
          const result: Result = {
            ...resultOfRun("passed-rehearsal"),
            steps: [{ ...first!, instance: sign + text }, ...others],
          };
          const rows = rowsOf(await renderReport(result, "csv"));
          for (const row of rows) {
            expect(row).toHaveLength(rows[0]!.length);
            for (const field of row) expect(field).not.toMatch(/^[=+\-@\t\r]/);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

/** RFC 4180. */
function rowsOf(csv: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = "", end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end !== ",") rows.push([]);
  }
  return rows.slice(0, -1);
}

describe("the GitHub job", () => {
  it("gets verdict and figures first, the rest folded", async () => {
    const summary = await renderReport(resultOfRun("failed-verification"), "github");
    expect(summary).toMatch(/^## FAIL · ebs-snapshot-copy\n/);
    expect(summary).toContain("* `checksum` failed: 2 of 214 files differ");
    expect(summary).toContain("<details><summary>Steps</summary>");
  });

  it("gets less than 1 MiB, whatever happened", async () => {
    const noisy = manySteps(2_000).map((event): Timed =>
      event.type === "step-finished"
        ? { ...event, outcome: "failed", failure: { code: "x", message: "é".repeat(9_000), fixer: "AWS" } }
        : event,
    );
    const summary = await renderReport(resultOf(recordOf(noisy)), "github");
    expect(Buffer.byteLength(summary)).toBeLessThan(1024 * 1024);
    expect(summary).toContain("further lines are in the report.");
  });

  it("gets annotations in the drill file, at the line of the step", () => {
    const events = failedVerification().map((event): Timed =>
      event.type === "run-started"
        ? { ...event, steps: event.steps.map((step, index) => ({ ...step, line: 20 + index })) }
        : event,
    );
    const [first] = annotations(resultOf(recordOf(events)), "drills/a,b/drill.yaml");
    expect(first).toBe(
      "::error file=drills/a%2Cb/drill.yaml,line=24,title=checksum%3A data-differs::2 of 214 files differ from the manifest taken before the backup%0Anext: treat this recovery point as unusable until the difference is explained",
    );
  });

  it("is not commanded by hostile names: one line a command, nothing that steers", () => {
    for (const line of annotations(resultOfRun("hostile-names"))) {
      expect(line).toMatch(/^::(?:error|warning) [^\r\n]*$/);
      expect(line).not.toMatch(STEERING);
      expect(line.split("::")[1]).toMatch(/^(?:error|warning) file=[^:,]*(?:,line=\d+)?,title=[^:,]*$/);
    }
  });
});

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

describe("OTLP", () => {
  it.each(NAMES)("of %s is one tree of spans with lasting ids", async (name) => {
    const text = await renderReport(resultOfRun(name), "otlp");
    expect(await renderReport(resultOfRun(name), "otlp")).toBe(text);
    const spans: Span[] = JSON.parse(text).resourceSpans[0].scopeSpans[0].spans;
    const ids = new Set(spans.map(({ spanId }) => spanId));
    expect(ids.size).toBe(spans.length);
    expect(spans.filter(({ parentSpanId }) => parentSpanId === undefined)).toHaveLength(1);
    for (const { traceId, spanId, parentSpanId, startTimeUnixNano, endTimeUnixNano } of spans) {
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(spanId).toMatch(/^[0-9a-f]{16}$/);
      if (parentSpanId !== undefined) expect(ids).toContain(parentSpanId);
      expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano));
    }
  });

  it("says what CI systems and the drill measure", async () => {
    const text = await renderReport(resultOfRun("passed-rehearsal"), "otlp");
    expect(text).toContain('{"key":"cicd.pipeline.result","value":{"stringValue":"success"}}');
    expect(text).toContain('{"key":"dr.rta_ms","value":{"intValue":"372000"}}');
    expect(text).toContain('"startTimeUnixNano":"1795168800000000000"');
  });
});
