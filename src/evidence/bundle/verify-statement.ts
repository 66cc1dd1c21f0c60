import type { JournalTail } from "../../engine/journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import { resultStatement, sha256 } from "../attestation/result.ts";
import type { Result } from "../attestation/statements.ts";
import { MANIFEST, RESULT_STATEMENT } from "./bundle-file.ts";
import { difference } from "./difference.ts";
import type { Digests } from "./manifest.ts";
import type { SignedPart } from "./verify-signed.ts";
import { Wrong } from "./wrong.ts";

export interface StatementOf {
  readonly record: RunRecord;
  readonly journal: JournalTail;
  readonly digests: Digests;
  /** Whether the version that verifies has made it: rules of what is tested differ between versions. */
  readonly sameVersion: boolean;
}

/** Where the rules of a version show. */
const JUDGEMENT = /^predicate\.(result|passedTests|warnedTests|failedTests)$/;

/** The whole signed statement is the one that follows from the journal, whoever has signed it. @throws Wrong */
export function verifyStatement(signed: SignedPart, { record, journal, digests, sameVersion }: StatementOf): void {
  const derived = resultStatement({
    record,
    journal,
    digests: new Map([...digests, [MANIFEST, sha256(signed.manifestText)]]),
    intent: signed.intentDigest,
  });
  const told = signed.resultStatement;
  const wording = sameVersion ? undefined : JUDGEMENT;
  const found = difference(told, derived, { path: "", wording }) ?? better(told.predicate, derived.predicate);
  if (found !== undefined) throw new Wrong(RESULT_STATEMENT, found);
  if (sameVersion && JSON.stringify(told) !== JSON.stringify(derived))
    throw new Wrong(RESULT_STATEMENT, "it says the same in another form than gameday writes");
}

const RANKS = { PASSED: 2, WARNED: 1, FAILED: 0 } as const;

/** What another version has judged may be judged worse by now, and is then told; better than it is weighed today it cannot be. */
function better(told: Result, derived: Result): string | undefined {
  if (RANKS[told.result] > RANKS[derived.result])
    return `it says ${told.result}, and weighed again the run is ${derived.result}`;
  const passed = [...derived.warnedTests, ...derived.failedTests].find((test) => told.passedTests.includes(test));
  const lost = derived.failedTests.find((test) => !told.failedTests.includes(test));
  const test = passed ?? lost;
  return test === undefined ? undefined : `its test ${test} is better than the journal says`;
}
