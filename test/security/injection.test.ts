import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { evaluateTemplate } from "../../src/drill/expressions.ts";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { Failure } from "../../src/engine/failure.ts";
import { readLine } from "../../src/engine/journal-line.ts";
import type { ResultExtras } from "../../src/evidence/result/result.ts";
import { REPORT_FORMATS } from "../../src/reporters/format-names.ts";
import { journaled } from "../evidence/journaled.ts";
import { failureCount, recordFigures, stopwatch } from "../figures.ts";
import { hostileText, PAYLOADS } from "./hostile-text.ts";
import { expectNothingSteers, renderAll } from "./render-all.ts";
import { runSaying } from "./run-saying.ts";
import { SKELETONS } from "./skeleton.ts";

/** `GAMEDAY_INJECTION=10000` is the whole battery. */
const CASES = Number(process.env["GAMEDAY_INJECTION"] ?? 25);
const SEED = Number(process.env["GAMEDAY_INJECTION_SEED"] ?? 20_261_123);
const LONG = 4 * 3_600_000;
const elapsed = stopwatch();
const failures = failureCount();
let cases = 0;
let refused = 0;
afterAll(() => {
  const more = {
    "fixed payloads": PAYLOADS.length,
    formats: REPORT_FORMATS.length + 3,
    "refused, as they look like secrets": refused,
  };
  recordFigures({ battery: "injection", cases, failures: failures(), seconds: elapsed(), more });
});

function eventsSaying(texts: readonly string[]): readonly JournaledEvent[] {
  let at = 0;
  return journaled(runSaying(() => texts[at++ % texts.length]!));
}

/** What reports know besides the journal, saying the same: other runs' journals, keys, and what reviewers write. */
function extrasSaying(texts: readonly string[]): ResultExtras {
  let at = 0;
  const text = () => texts[at++ % texts.length]!;
  const none = { attempted: 1, passed: 0, failed: 1, aborted: 0, incomplete: 0, refused: 0, notComparable: 0 };
  return {
    history: [{ runId: text(), startedAt: text(), word: "FAIL", simulated: false }],
    standing: { ...none, signal: `run ${text()}`, changedSinceLastPass: true, lastPass: text() },
    controls: [{ control: text(), meaning: text(), strength: "D", artefact: text(), state: text() }],
    integrity: [{ label: "Intent", value: `by ${text()}` }],
    review: [{ label: "Comments", value: `by ${text()}` }],
    decisions: {
      actions: [{ deviation: "D-1", code: "it-failed", owner: text(), due: text(), action: text() }],
      acceptedRisks: [{ deviation: "D-2", code: "may-remain", reason: text() }],
    },
  };
}

const harmless = renderAll(eventsSaying(["harmless text"]), extrasSaying(["harmless text"]));

async function expectInert(texts: readonly string[]): Promise<void> {
  cases++;
  const events = eventsSaying(texts);
  const rendered = await renderAll(events, extrasSaying(texts)).catch(refusal);
  if (!rendered) return;
  expectNothingSteers(rendered);
  expect(rendered["markdown"]).toMatch(/\| action agreed \|[^]*\| risk accepted \|/);
  for (const [format, skeleton] of Object.entries(SKELETONS)) {
    const of = format === "lines" ? "plain" : format;
    expect(skeleton(rendered[of]!), format).toEqual(skeleton((await harmless)[of]!));
  }
  for (const format of ["json", "otlp"]) JSON.parse(rendered[format]!);
  const lines = rendered["jsonl"]!.split("\n").slice(0, -1);
  expect(lines.map((line) => readLine(line))).toMatchObject(events.map((event) => ({ ...event })));
}

/** What looks like a secret is in no report at all. */
function refusal(error: unknown): undefined {
  if (!(error instanceof Failure) || error.details.code !== "secret-in-report") throw error;
  refused++;
}

describe("text from outside is inert in every report, on the terminal and in the journal", () => {
  it.each(PAYLOADS)("%j", (payload) => expectInert([`${payload}z`]));

  it(
    "whatever it is",
    () =>
      fc.assert(fc.asyncProperty(fc.array(hostileText, { minLength: 1, maxLength: 5 }), expectInert), {
        numRuns: CASES,
        seed: SEED,
      }),
    LONG,
  );
});

describe("what an expression yields is data", () => {
  it("and is never evaluated again, wherever it stands", () => {
    fc.assert(
      fc.property(hostileText, hostileText, (value, other) => {
        const scope = {
          steps: { a: { value, list: [value], map: { [other]: value } } },
          run: { id: "R", startedAt: "" },
          drill: { name: "d" },
          regions: { primary: "p", dr: "d" },
          account: { id: "1" },
        };
        const template = { whole: "${{ steps.a.value }}", part: "<${{ steps.a.value }}>", map: "${{ steps.a.map }}" };
        expect(evaluateTemplate(template, scope)).toEqual({
          whole: value,
          part: `<${value}>`,
          map: { [other]: value },
        });
      }),
      { numRuns: CASES * 4, seed: SEED, examples: PAYLOADS.map((text) => [text, text] as [string, string]) },
    );
  });
});
