import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderMarkdown } from "../../src/reporters/markdown/render.ts";
import { resultOf } from "../../src/evidence/result/result.ts";
import { reportFilesReporter, STANDARD_FORMATS } from "../../src/reporters/files.ts";
import { hostileRun } from "../evidence/hostile.ts";
import { recordOf, type Timed } from "../evidence/journaled.ts";
import { manySteps } from "../evidence/many-steps.ts";
import {
  abortedWithLeftovers,
  cutOffRun,
  DISASTER,
  failedVerification,
  passedRehearsal,
  refusedRun,
  resumedRehearsal,
  slept,
} from "../evidence/runs.ts";

const RUNS = {
  "passed-rehearsal": passedRehearsal,
  "failed-verification": failedVerification,
  refused: refusedRun,
  "aborted-with-leftovers": abortedWithLeftovers,
  "cut-off": cutOffRun,
  resumed: resumedRehearsal,
  slept: () => slept(passedRehearsal(), DISASTER + 5, 7_200),
  "hostile-names": hostileRun,
} satisfies Record<string, () => Timed[]>;

function reportOf(events: readonly Timed[]): Promise<string> {
  return renderMarkdown(resultOf(recordOf(events)));
}

describe("report.md", () => {
  it.each(Object.entries(RUNS))("of the run %s", async (name, events) => {
    await expect(await reportOf(events())).toMatchFileSnapshot(`golden/${name}.report.md`);
  });

  it("can be rendered from every beginning of every run", async () => {
    for (const events of Object.values(RUNS).map((run) => run()))
      for (let length = 1; length <= events.length; length++)
        expect(await reportOf(events.slice(0, length))).toContain("## 1. Verdict");
  });

  it("says SIMULATED of a rehearsal, whatever its verdict, and never of a live run", async () => {
    for (const events of Object.values(RUNS).map((run) => run())) {
      const rehearsal = events[0]?.type === "run-started" && events[0].mode === "rehearsal";
      const report = await reportOf(events);
      expect(report.includes("**SIMULATED.**")).toBe(rehearsal);
      expect(/^(PASS|PASS WITH DEVIATIONS|FAIL|INCONCLUSIVE|ABORTED) · SIMULATED$/m.test(report)).toBe(rehearsal);
    }
  });

  it("stays short for ten thousand steps: those that failed and the slowest are listed, the rest is counted", async () => {
    const report = await reportOf(manySteps(10_000, 5));
    expect(report.length).toBeLessThan(60_000);
    expect(report).toContain("`restore[996]`");
    expect(report).toContain("`restore[8972]`");
    expect(report).toContain("9,801 further steps not listed here");
  });

  it("lists every resource that may remain, however many there are", async () => {
    const many = Array.from({ length: 300 }, (_, n): Timed => {
      const resource = {
        key: `v#1/${n}`,
        kind: "ec2.volume",
        region: "us-west-2",
        token: `token-${n}`,
        tags: {},
        attributes: {},
        step: "v",
      };
      return { t: 3_000, type: "resource-intended", resource };
    });
    const report = await reportOf([...cutOffRun(), ...many]);
    expect(report.match(/\(id unknown, token token-\d+\)` \| us-west-2 \| `v`/g)?.length).toBeGreaterThanOrEqual(300);
  });

  it("keeps to a small Gantt grammar, whatever steps are called", async () => {
    for (const events of Object.values(RUNS).map((run) => run())) {
      const report = await reportOf(events);
      for (const [, chart = ""] of report.matchAll(/```mermaid\n(.*?)\n```/gs))
        for (const line of chart.split("\n")) expect(line).toMatch(GANTT_LINE);
    }
  });

  it("has tables whose rows have as many cells as their heads, whatever is in them", async () => {
    for (const events of Object.values(RUNS).map((run) => run()))
      for (const table of tablesOf(await reportOf(events))) {
        const [head, ...rows] = table.map(cellsOf);
        for (const row of rows) expect(row).toBe(head);
      }
  });

  it("places every value by an escaping helper", async () => {
    const template = await readFile(new URL("../../templates/report.md.hbs", import.meta.url), "utf8");
    const places = template.match(/\{\{[^}]*\}\}/g) ?? [];
    expect(places.length).toBeGreaterThan(30);
    for (const place of places)
      expect(place).toMatch(/^\{\{(?:(?:cell|gantt|rule) [\w.]+|#(?:each|if) [\w.]+|else|\/(?:each|if))\}\}$/);
  });

  it("is written whole, beside nothing else", async () => {
    const runFolder = await mkdtemp(join(tmpdir(), "gameday-report-"));
    try {
      const record = recordOf(passedRehearsal());
      await reportFilesReporter({ runFolder, formats: STANDARD_FORMATS }).finish?.(record);
      expect(await readFile(join(runFolder, "report.md"), "utf8")).toBe(await renderMarkdown(resultOf(record)));
      expect(await readdir(runFolder)).toEqual(["report.html", "report.md", "result.json"]);
    } finally {
      await rm(runFolder, { recursive: true });
    }
  });
});

const NAME = String.raw`[\p{L}\p{N} ._()/-]+`;
const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}`;
const GANTT_LINE = new RegExp(
  [
    "^gantt$",
    "^  title The (?:whole run|recovery), UTC$",
    "^  dateFormat YYYY-MM-DD HH:mm:ss\\.SSS$",
    "^  axisFormat %",
    "^  section (?:prepare|recover|verify|teardown)$",
    `^  Disaster declared :milestone, crit, d0, ${TIME}, 0ms$`,
    `^  \\d+\\. ${NAME} :(?:done, |crit, |active, )s\\d+, ${TIME}, ${TIME}$`,
  ].join("|"),
  "u",
);

function tablesOf(markdown: string): readonly (readonly string[])[] {
  return (markdown.match(/(?:^\|.*\n)+/gm) ?? []).map((table) => table.trim().split("\n"));
}

function cellsOf(row: string): number {
  return row.replace(/\\\\/g, "").match(/(?<!\\)\|/g)?.length ?? 0;
}
