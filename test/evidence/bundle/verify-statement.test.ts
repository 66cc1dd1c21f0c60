import { expect, it } from "vitest";
import { foldEvents } from "../../../src/engine/fold.ts";
import { resultStatement, sha256 } from "../../../src/evidence/attestation/result.ts";
import type { Result, Statement } from "../../../src/evidence/attestation/statements.ts";
import { verifyStatement } from "../../../src/evidence/bundle/verify-statement.ts";
import type { SignedPart } from "../../../src/evidence/bundle/verify-signed.ts";
import { Wrong } from "../../../src/evidence/bundle/wrong.ts";
import type { Timed } from "../journaled.ts";
import { failedVerification, passedRehearsal } from "../runs.ts";
import { chained } from "./small-bundle.ts";

const FILE = "attestations/result.intoto.jsonl";
const MANIFEST = "the manifest";

type Told = Statement<Result>;

/** What is said of a statement that was changed after it had been derived, and signed. */
function said(events: readonly Timed[], change: (told: Told) => Told, sameVersion = true): string {
  const journal = chained(events, "ab".repeat(32));
  const record = foldEvents(journal.events);
  const digests = new Map([["journal.jsonl", "cd".repeat(32)]]);
  const of = { record, journal: journal.tail, intent: "ab".repeat(32) };
  const told = resultStatement({ ...of, digests: new Map([...digests, ["MANIFEST.sha256", sha256(MANIFEST)]]) });
  const signed = { manifestText: MANIFEST, intentDigest: of.intent, resultStatement: change(told) } as SignedPart;
  try {
    verifyStatement(signed, { record, journal: journal.tail, digests, sameVersion });
    return "whole";
  } catch (error) {
    if (error instanceof Wrong && error.file === FILE) return error.what;
    throw error;
  }
}

const predicate = (changed: Partial<Result>) => (told: Told) => ({
  ...told,
  predicate: { ...told.predicate, ...changed },
});
const same = (told: Told) => told;

it("is the one that follows from the journal: to the letter where this version has made it", () => {
  expect(said(passedRehearsal(), same)).toBe("whole");
  expect(said(failedVerification(), same)).toBe("whole");
  expect(said(passedRehearsal(), (told) => ({ ...told, subject: told.subject.slice(1) }))).toMatch(
    /^subject\[0\]\.name is/,
  );
  expect(said(passedRehearsal(), predicate({ result: "FAILED" }))).toBe(
    'predicate.result is "FAILED", and the journal says "WARNED"',
  );
  const moved = ({ predicate: last, ...rest }: Told) => ({ predicate: last, ...rest });
  expect(said(passedRehearsal(), moved)).toBe("it says the same in another form than gameday writes");
  expect(said(passedRehearsal(), moved, false)).toBe("whole");
});

it("another version may have judged worse, and never better", () => {
  const byAnother = (events: readonly Timed[], changed: Partial<Result>) => said(events, predicate(changed), false);
  expect(byAnother(passedRehearsal(), { result: "FAILED" })).toBe("whole");
  expect(byAnother(passedRehearsal(), { result: "PASSED" })).toBe(
    "it says PASSED, and weighed again the run is WARNED",
  );
  expect(byAnother(failedVerification(), { result: "WARNED" })).toBe(
    "it says WARNED, and weighed again the run is FAILED",
  );
  const { passedTests, warnedTests } = testsOf(passedRehearsal());
  expect(warnedTests).toContain("live-evidence");
  expect(byAnother(passedRehearsal(), { passedTests: [...passedTests, "live-evidence"] })).toBe(
    "its test live-evidence is better than the journal says",
  );
  expect(byAnother(passedRehearsal(), { warnedTests: [...warnedTests, "rto"] })).toBe("whole");
  const failed = testsOf(failedVerification());
  expect(failed.failedTests).toContain("integrity");
  expect(byAnother(failedVerification(), { passedTests: [...failed.passedTests, "integrity"] })).toBe(
    "its test integrity is better than the journal says",
  );
  expect(
    byAnother(failedVerification(), { failedTests: failed.failedTests.filter((test) => test !== "integrity") }),
  ).toBe("its test integrity is better than the journal says");
  expect(byAnother(failedVerification(), { failedTests: [...failed.failedTests, "another"] })).toBe("whole");
});

it("another version's facts are the journal's own", () => {
  const configured = predicate({ configuration: [{ name: "plan/drill.yaml", digest: { sha256: "0".repeat(64) } }] });
  expect(said(passedRehearsal(), configured, false)).toMatch(/^predicate\.configuration\[0\] is/);
});

function testsOf(events: readonly Timed[]): Result {
  const { events: journaled, tail } = chained(events, undefined);
  return resultStatement({ record: foldEvents(journaled), journal: tail, digests: new Map(), intent: undefined })
    .predicate;
}
