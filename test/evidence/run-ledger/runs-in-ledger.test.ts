import { describe, expect, it } from "vitest";
import type { ReadJournal } from "../../../src/engine/read-journal.ts";
import { contradictionsIn } from "../../../src/evidence/run-ledger/contradictions.ts";
import type { RunLedger, RunLedgerEntry } from "../../../src/evidence/run-ledger/entry.ts";
import { knownJournals, whyNotExtended } from "../../../src/evidence/run-ledger/extension.ts";
import { populationOf } from "../../../src/evidence/run-ledger/population.ts";
import type { Timed } from "../journaled.ts";
import { passedRehearsal, resumedRehearsal } from "../runs.ts";
import { chained } from "../bundle/small-bundle.ts";

const [KEY, OTHER_KEY] = ["aa".repeat(32), "bb".repeat(32)];
const [HEAD, OTHER_HEAD] = ["11".repeat(32), "22".repeat(32)];

/** A ledger of such lines, as it is read; what is not said of a line is as in a result of run A that passed. */
function ledger(...lines: readonly Partial<RunLedgerEntry>[]): RunLedger {
  const entries = lines.map((line, seq): RunLedgerEntry => ({
    seq,
    prev: "0".repeat(64),
    at: `2026-11-20T10:00:0${seq}.000Z`,
    type: "result",
    run: "A",
    drill: "d",
    evidenceClass: "live",
    keyid: KEY,
    sig: "signed",
    ...(line.type === "intent" || line.type === "review"
      ? {}
      : { outcome: "passed", journal: { head: HEAD, events: 9 } }),
    ...line,
  }));
  return { entries, hashes: [], head: "", tornBytes: 0 };
}

const INTENT = { type: "intent" } as const;
const longer = { journal: { head: OTHER_HEAD, events: 12 } };

describe("a ledger's lines of one run against each other", () => {
  const said = (...lines: readonly Partial<RunLedgerEntry>[]) => contradictionsIn(ledger(...lines));

  it("agree: declared once, one outcome of one journal, a longer journal with any outcome", () => {
    expect(said(INTENT, {}, {})).toEqual([]);
    expect(said(INTENT, { outcome: "failed" }, longer)).toEqual([]);
    expect(said({ ...INTENT, run: "A" }, { ...INTENT, run: "B" }, {}, { run: "B", outcome: "failed" })).toEqual([]);
  });

  it("contradict each other: a shorter journal, another one as long, another outcome of the same", () => {
    expect(said(INTENT, longer, {})).toEqual(["run A: line 3 has a journal of 9 lines, and line 2 one of 12"]);
    expect(said(INTENT, {}, { journal: { head: OTHER_HEAD, events: 9 } })).toEqual([
      "run A: line 3 has another journal than line 2, as long: it was written again",
    ]);
    expect(said(INTENT, { outcome: "failed" }, {})).toEqual([
      "run A: line 3 says passed, line 2 failed, and no resume is between them",
    ]);
    expect(said({ outcome: "failed" }, INTENT, {})).toEqual([
      "run A: line 3 says passed, line 1 failed, and no resume is between them",
    ]);
    expect(said({ outcome: "failed" }, longer, {}, { run: "B" })).toEqual([
      "run A: line 3 has a journal of 9 lines, and line 2 one of 12",
    ]);
  });

  it("are declared once, and signed by the key that declared them, from then on", () => {
    expect(said(INTENT, INTENT)).toEqual(["run A: line 2 declares it again, after line 1"]);
    expect(said(INTENT, { keyid: OTHER_KEY })).toEqual([
      `run A: line 2 is signed by key ${OTHER_KEY}, and its intent by ${KEY}`,
    ]);
    expect(said({ keyid: OTHER_KEY, outcome: "refused" }, INTENT, longer)).toEqual([]);
    expect(said({ keyid: OTHER_KEY }, { keyid: KEY })).toEqual([]);
  });

  it("are not asked where they are reviews, or nobody has signed them", () => {
    expect(said(INTENT, { type: "review", keyid: OTHER_KEY })).toEqual([]);
    expect(said(INTENT, { sig: undefined, keyid: OTHER_KEY, outcome: "failed" }, {})).toEqual([]);
    expect(
      said(INTENT, { journal: undefined, outcome: "failed" }, {}, { journal: undefined, outcome: "failed" }),
    ).toEqual([]);
  });
});

describe("the journal that a ledger knows", () => {
  it("is that of every signed result of the run, and of nothing else", () => {
    const known = knownJournals(
      ledger(INTENT, {}, { run: "B" }, { sig: undefined }, { journal: undefined }, longer, {
        type: "review",
        journal: longer.journal,
      }),
      "A",
    );
    expect(known).toEqual([
      { head: HEAD, events: 9, line: 2 },
      { ...longer.journal, line: 6 },
    ]);
  });

  const at = (events: readonly Timed[], count: number) => chained(events.slice(0, count), undefined).tail.prev;
  const read = (timed: readonly Timed[]): ReadJournal => {
    const { events, tail, text } = chained(timed, undefined);
    return { events, tail, tornBytes: 0, wholeBytes: text.length };
  };
  const why = (events: readonly Timed[], count: number, head = at(events, count)) =>
    whyNotExtended(read(events), { head, events: count, line: 2 });

  it("is its beginning, and goes on with a resume", () => {
    const resumed = resumedRehearsal();
    const before = resumed.findIndex(({ type }) => type === "run-resumed");
    expect(why(resumed, before)).toBeUndefined();
    expect(why(resumed, resumed.length)).toBeUndefined();
    expect(why(resumed, before - 1)).toBe(
      `it goes on after line ${before - 1}, its end when line 2 of the ledger was written, without a resume`,
    );
  });

  it("is neither cut nor written again", () => {
    const passed = passedRehearsal();
    expect(why(passed, passed.length + 1, HEAD)).toBe(
      `it has ${passed.length} lines, and had ${passed.length + 1} when line 2 of the ledger was written: it was cut`,
    );
    for (const count of [3, passed.length])
      expect(why(passed, count, HEAD)).toBe(
        `its line ${count} is not the one that line 2 of the ledger knows: it was written again since`,
      );
  });
});

describe("the runs of a ledger", () => {
  it("are told in the order they began, with every result and what came last", () => {
    const first = { bundle: "cc".repeat(32), outcome: "failed" };
    const [a, b] = populationOf(
      ledger(
        INTENT,
        { ...INTENT, run: "B", drill: "other", evidenceClass: "emulated" },
        first,
        {
          type: "review",
          decision: "reject",
        },
        { type: "review", decision: "accept" },
        longer,
      ).entries,
    );
    expect(a).toEqual({
      run: "A",
      drill: "d",
      evidenceClass: "live",
      began: "2026-11-20T10:00:00.000Z",
      results: [
        { line: 3, outcome: "failed", events: 9, bundle: first.bundle, signed: true },
        { line: 6, outcome: "passed", events: 12, signed: true },
      ],
      unsigned: false,
      outcome: "passed",
      decision: "accept",
      undeclared: false,
    });
    expect(b).toEqual({
      run: "B",
      drill: "other",
      evidenceClass: "emulated",
      began: "2026-11-20T10:00:01.000Z",
      results: [],
      unsigned: false,
      outcome: "incomplete",
      undeclared: false,
    });
  });

  it("are undeclared where they came to more than a refusal, unsigned where no line is signed", () => {
    const only = (...lines: readonly Partial<RunLedgerEntry>[]) => populationOf(ledger(...lines).entries)[0];
    expect(only({})).toMatchObject({ undeclared: true });
    expect(only({ outcome: "refused" })).toMatchObject({ undeclared: false, outcome: "refused" });
    expect(only({ type: "review" })).toMatchObject({ undeclared: false });
    expect(only({ sig: undefined, journal: undefined }, {})).toMatchObject({ unsigned: false });
    expect(only({ sig: undefined, journal: undefined, outcome: undefined })).toMatchObject({
      unsigned: true,
      results: [{ line: 1, outcome: "", signed: false }],
    });
    expect(populationOf([])).toEqual([]);
  });
});
