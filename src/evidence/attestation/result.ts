import { createHash } from "node:crypto";
import type { JournalTail } from "../../engine/journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import { passedChecks } from "../checks.ts";
import { verdictOf } from "../verdict.ts";
import { evidenceClassOf } from "./evidence-class.ts";
import { RESULT_TYPE, statement, subject, type Result, type Statement, type Subject } from "./statements.ts";
import { testLists } from "./tests.ts";

export interface ResultOf {
  readonly record: RunRecord;
  readonly journal: JournalTail;
  /** Hex SHA-256 of the bundle's files, by path; of `MANIFEST.sha256` too. */
  readonly digests: ReadonlyMap<string, string>;
  /** SHA-256 of the intent's envelope. */
  readonly intent: string | undefined;
}

/** in-toto test-result v0.1 over the bundle's manifest, and so over every file. */
export function resultStatement({ record, journal, digests, intent }: ResultOf): Statement<Result> {
  const { outcome, exitCode } = verdictOf(record);
  const of = (path: string) => digests.get(path);
  return statement<Result>(
    RESULT_TYPE,
    [...named(["MANIFEST.sha256", "result.json", "journal.jsonl"], of), ...testedData(record)],
    {
      ...testLists(record),
      configuration: named(["plan/drill.yaml"], of),
      gameday: {
        run: record.run.runId,
        outcome,
        exitCode,
        evidenceClass: evidenceClassOf(record),
        startedAt: record.startedAt.at,
        finishedAt: record.lastAt.at,
        operator: record.identity?.arn ?? "not known: refused before AWS said who it is",
        journal: { head: journal.prev, events: journal.seq },
        ...(intent === undefined ? {} : { intent }),
      },
    },
  );
}

function named(paths: readonly string[], digestOf: (path: string) => string | undefined): readonly Subject[] {
  return paths.flatMap((path) => {
    const digest = digestOf(path);
    return digest === undefined ? [] : [subject(path, digest)];
  });
}

/**
 * The recovery point that was tested, named by its id; its digest is what the restored data hashed to. Of several, the journal does
 * not tell which check read which.
 */
function testedData(record: RunRecord): readonly Subject[] {
  if (record.recoveryPoints.length > 1) return [];
  const root = passedChecks(record).find(({ actual }) => /^[0-9a-f]{64}$/.test(actual ?? ""))?.actual;
  const id = record.recoveryPoint.recoveryPointId;
  return root !== undefined && id !== undefined ? [subject(id, root)] : [];
}

export function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
