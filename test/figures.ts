import { appendFileSync } from "node:fs";
import { afterAll, afterEach } from "vitest";

/** What a battery has found: one row of docs/reliability.md. */
export interface Figures {
  /** The row it belongs to, as scripts/reliability.mjs names it. */
  readonly battery: string;
  /** How many cases were run. */
  readonly cases: number;
  /** How many tests of the battery have failed: then its cases are those until the first failure. */
  readonly failures: number;
  /** Wall time of the whole battery. */
  readonly seconds: number;
  /** Further figures, by what they count. */
  readonly more?: Readonly<Record<string, number | string>>;
}

/** Appends a battery's figures to the file that GAMEDAY_FIGURES names, one JSON line each; does nothing without it. */
export function recordFigures(figures: Figures): void {
  const path = process.env["GAMEDAY_FIGURES"];
  if (!path || figures.cases === 0) return;
  const day = new Date().toISOString().slice(0, 10);
  const seconds = Math.round(figures.seconds * 10) / 10;
  appendFileSync(path, `${JSON.stringify({ ...figures, seconds, day, node: process.versions.node })}\n`);
}

/** Seconds since this was called. */
export function stopwatch(): () => number {
  const began = performance.now();
  return () => (performance.now() - began) / 1000;
}

/** Counts the tests of a file that fail. Called once, outside of all tests. */
export function failureCount(): () => number {
  let failures = 0;
  afterEach(({ task }) => {
    if (task.result?.state === "fail") failures++;
  });
  return () => failures;
}

/** Records a file's own figures when its tests are over: as many cases as tests, unless it says otherwise. */
export function reportFigures(battery: string, cases?: () => number): void {
  const elapsed = stopwatch();
  const failures = failureCount();
  let tests = 0;
  afterEach(() => void tests++);
  afterAll(() => recordFigures({ battery, cases: cases?.() ?? tests, failures: failures(), seconds: elapsed() }));
}
