import { describe, expect, it } from "vitest";
import type { ReadJournal } from "../../../src/engine/read-journal.ts";
import { sha256 } from "../../../src/evidence/attestation/result.ts";
import { verifyInLedger, type LaterResult } from "../../../src/evidence/bundle/verify-ledger.ts";
import type { VerifiedReview } from "../../../src/evidence/bundle/verify-reviews.ts";
import type { SignedPart } from "../../../src/evidence/bundle/verify-signed.ts";
import { Wrong } from "../../../src/evidence/bundle/wrong.ts";
import type { RunLedgerEntry } from "../../../src/evidence/run-ledger/entry.ts";
import type { Timed } from "../journaled.ts";
import { passedRehearsal, resumedRehearsal } from "../runs.ts";
import { chained } from "./small-bundle.ts";

const RUN = "A";
const [KEY, OTHER_KEY] = ["aa".repeat(32), "bb".repeat(32)];
const [START, INTENT, STATEMENT] = ["0".repeat(64), "11".repeat(32), "22".repeat(32)];
const BUNDLE = sha256("manifest");
const REVIEW = "33".repeat(32);

type Line = Partial<RunLedgerEntry>;

/** What was signed of a run that passed, and whose journal these events are. */
function signedOf(events: readonly Timed[]) {
  const { tail, ...journal } = chained(events, INTENT);
  const facts = {
    outcome: "passed",
    evidenceClass: "emulated",
    journal: { head: tail.prev, events: tail.seq },
  } as const;
  const signed = {
    key: { keyId: KEY },
    result: { gameday: { run: RUN, ...facts } },
    intent: { ledger: { sequence: 0, previous: START } },
    intentDigest: INTENT,
    manifestText: "manifest",
    resultDigest: STATEMENT,
  } as SignedPart;
  return { signed, facts, journal: { events: journal.events, tail, tornBytes: 0, wholeBytes: journal.text.length } };
}

const { signed, facts, journal } = signedOf(passedRehearsal());
const intent: Line = { type: "intent", statement: INTENT, prev: START };
const result: Line = { type: "result", statement: STATEMENT, bundle: BUNDLE, ...facts };

interface Seen {
  readonly lines: readonly Line[];
  readonly pinnedHead?: string;
  readonly reviews?: readonly string[];
  readonly signed?: SignedPart;
  readonly journal?: ReadJournal;
}

/** "whole", the later result, or what is wrong with the bundle in a ledger of these lines; the hash of line n is `hash-n`. */
function said({ lines, pinnedHead, reviews = [], ...of }: Seen): string | LaterResult {
  const entries = lines.map(
    (line, seq): RunLedgerEntry =>
      ({
        seq,
        prev: "no hash",
        at: "then",
        run: RUN,
        drill: "d",
        keyid: KEY,
        sig: "signed",
        ...line,
      }) as RunLedgerEntry,
  );
  const hashes = lines.map((_, index) => `hash-${index + 1}`);
  const ledger = { entries, hashes, head: hashes.at(-1) ?? START, tornBytes: 0 };
  const known = reviews.map((statement) => ({ statement }) as VerifiedReview);
  try {
    const later = verifyInLedger(
      { ledger, path: "ledger.jsonl", ...(pinnedHead === undefined ? {} : { pinnedHead }) },
      of.signed ?? signed,
      {
        journal: of.journal ?? journal,
        reviews: known,
      },
    );
    return later ?? "whole";
  } catch (error) {
    if (error instanceof Wrong) return error.message;
    throw error;
  }
}

const others: readonly Line[] = [
  { ...intent, run: "B" },
  { ...result, run: "B", outcome: "failed", keyid: OTHER_KEY },
];

it("a bundle whose intent and result stand in the ledger is whole, whatever else does", () => {
  expect(said({ lines: [intent, result] })).toBe("whole");
  expect(said({ lines: [intent, ...others, result] })).toBe("whole");
  const { intent: _intent, intentDigest: _digest, ...refused } = signed;
  expect(said({ lines: [result], signed: refused })).toBe("whole");
});

it("the ledger holds a line whose hash was noted elsewhere", () => {
  const lines = [intent, result, ...others];
  expect(said({ lines, pinnedHead: "hash-3" })).toBe("whole");
  expect(said({ lines, pinnedHead: "hash-5" })).toBe(
    "ledger.jsonl: it holds no line with the pinned head hash-5: its tail was cut off, or it was rewritten",
  );
});

it("the intent stands at the line that it names, behind the line that it names", () => {
  const cut = "ledger.jsonl: it ends before line 1, where the intent was written: its tail was cut off";
  const rewritten = "ledger.jsonl: line 1 is not the intent of this bundle: the ledger was rewritten";
  expect(said({ lines: [] })).toBe(cut);
  expect(said({ lines: [result] })).toBe(rewritten);
  expect(said({ lines: [{ ...intent, prev: "another" }, result] })).toBe(rewritten);
  expect(said({ lines: [{ ...intent, statement: STATEMENT }, result] })).toBe(rewritten);
});

describe("the result", () => {
  const missing = `ledger.jsonl: it has no result of run ${RUN}: its tail was cut off, or the run was not recorded`;
  const another = `ledger.jsonl: its result of run ${RUN} is another bundle's`;

  it("is there, and is this bundle's: its manifest's and its statement's", () => {
    expect(said({ lines: [intent, ...others] })).toBe(missing);
    expect(said({ lines: [intent, { ...result, type: "review" }] })).toBe(missing);
    expect(said({ lines: [intent, { ...result, bundle: START }] })).toBe(another);
    expect(said({ lines: [intent, { ...result, statement: START }] })).toBe(another);
  });

  it("is signed, by the key of the bundle, and says what the bundle's statement says", () => {
    const line = "ledger.jsonl: line 2, the result of this bundle,";
    expect(said({ lines: [intent, { ...result, sig: undefined }] })).toBe(
      `${line} is not signed: an earlier gameday wrote it, or anybody; it proves nothing`,
    );
    expect(said({ lines: [intent, { ...result, keyid: OTHER_KEY }] })).toBe(
      `${line} is signed by key ${OTHER_KEY}, and the bundle by ${KEY}`,
    );
    const differs = `${line} is not what the bundle's statement says:`;
    expect(said({ lines: [intent, { ...result, outcome: "failed" }] })).toBe(
      `${differs} outcome is "failed", and the journal says "passed"`,
    );
    expect(said({ lines: [intent, { ...result, evidenceClass: "live" }] })).toContain(
      `${differs} evidenceClass is "live"`,
    );
    expect(said({ lines: [intent, { ...result, journal: { ...facts.journal, head: START } }] })).toContain(
      `${differs} journal.head`,
    );
  });

  it("is not contradicted by another line of its run; those of other runs say nothing of it", () => {
    const contradicted = said({ lines: [intent, { ...result, bundle: START, outcome: "failed" }, result] });
    expect(contradicted).toBe(
      `ledger.jsonl: run ${RUN}: line 3 says passed, line 2 failed, and no resume is between them`,
    );
    const ofOthers = [...others, { ...others[1], outcome: "passed" }];
    expect(said({ lines: [intent, ...ofOthers, result] })).toBe("whole");
  });

  it("has a journal that extends those of the results before it, and need not know of later ones", () => {
    const resumed = resumedRehearsal();
    const end = resumed.findIndex(({ type }) => type === "run-resumed");
    const first = chained(resumed.slice(0, end), INTENT).tail;
    const later = signedOf(resumed);
    const before: Line = {
      ...result,
      bundle: START,
      outcome: "aborted",
      journal: { head: first.prev, events: first.seq },
    };
    const after: Line = { ...result, ...later.facts };
    const both = { signed: later.signed, journal: later.journal };
    expect(said({ lines: [intent, before, after], ...both })).toBe("whole");
    const rewritten: Line = { ...before, journal: { head: START, events: first.seq } };
    expect(said({ lines: [intent, rewritten, after], ...both })).toMatch(
      /^journal\.jsonl: its line \d+ is not the one that line 2 of the ledger knows/,
    );
  });

  it("is told to have been followed by that of a resume, and not by another bundle of the same journal", () => {
    const goneOn: Line = { ...result, bundle: START, journal: { head: START, events: facts.journal.events + 9 } };
    expect(said({ lines: [intent, result, goneOn] })).toEqual({ line: 3, outcome: "passed", bundle: START });
    expect(said({ lines: [intent, result, { ...goneOn, bundle: undefined, outcome: undefined }] })).toEqual({
      line: 3,
      outcome: "",
    });
    expect(said({ lines: [intent, result, { ...result, bundle: START }] })).toBe("whole");
    expect(said({ lines: [intent, result, { ...result, bundle: START, journal: undefined }] })).toBe("whole");
  });
});

it("every review of the bundle that the ledger knows is there", () => {
  const review: Line = { type: "review", bundle: BUNDLE, statement: REVIEW, at: "2026-12-01T10:00:00.000Z" };
  const lines = [intent, result, review];
  expect(said({ lines, reviews: [REVIEW] })).toBe("whole");
  const lost =
    "attestations/review.intoto.jsonl: a review of 2026-12-01T10:00:00.000Z that the ledger knows is missing";
  expect(said({ lines })).toBe(lost);
  expect(said({ lines: [intent, result, { ...review, statement: undefined }], reviews: [REVIEW] })).toBe(lost);
  expect(said({ lines: [intent, result, { ...review, bundle: START }] })).toBe("whole");
});
