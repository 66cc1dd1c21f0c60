import { verdictWord } from "../../evidence/verdict-words.ts";
import type { VerifiedBundle } from "../../evidence/bundle/verify-bundle.ts";

/** A bundle in which nothing is wrong. */
export interface Checked {
  readonly bundle: VerifiedBundle;
  /** Whether the reports were rendered again and compared. */
  readonly reportsCompared: boolean;
}

/** What people are told of it. */
export function verifiedLines({ bundle, reportsCompared }: Checked): readonly string[] {
  const { result, key, reviews, files, record, report, intent } = bundle;
  const { run, evidenceClass, finishedAt, operator } = result.gameday;
  return [
    `WHOLE ${files} files, signed by key ${key.keyId} (${key.algorithm}, ${key.custody})`,
    `run ${run} of ${record.run.drill.name}: ${verdictWord(record)}, evidence ${evidenceClass}, ended ${finishedAt}`,
    `attested ${result.result}: the word of in-toto's test-result, which is PASSED only for a live run without deviations`,
    `operator ${operator}`,
    intent
      ? `intent signed ${intent.declaredAt}, before the first step`
      : "no intent: refused before anything was changed",
    reportsCompared
      ? "result.json follows from the journal, and every report from result.json"
      : `result.json was made by gameday ${report.renderedBy ?? "of an unknown version"}: its figures follow from the journal; its words, and the reports, were not compared`,
    ...reviews.flatMap(reviewLines),
    ...(reviews.length === 0 ? ["not reviewed yet"] : []),
  ];
}

function reviewLines(review: VerifiedBundle["reviews"][number]): readonly string[] {
  const { decision, reviewer, selfReviewed, reviewedAt, keyId, actions = [], acceptedRisks = [] } = review;
  return [
    `review ${decision} by ${reviewer}${selfReviewed ? " (self-reviewed)" : ""}, ${reviewedAt}, key ${keyId}`,
    ...actions.map(({ deviation, code, owner, due, action }) => {
      const what = action === undefined ? "" : `: ${action}`;
      return `  ${deviation} (${code}) is ${owner}'s, due ${due}${what}`;
    }),
    ...acceptedRisks.map(({ deviation, code, reason }) => `  ${deviation} (${code}) stays as it is: ${reason}`),
  ];
}
