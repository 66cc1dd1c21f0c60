import { verdictWord } from "../../evidence/verdict-words.ts";
import type { VerifiedBundle } from "../../evidence/bundle/verify-bundle.ts";

/** What people are told of a bundle in which nothing is wrong. */
export function verifiedLines(bundle: VerifiedBundle): readonly string[] {
  const { result, key, reviews, files, record, intent } = bundle;
  const { run, evidenceClass, finishedAt, operator } = result.gameday;
  return [
    `WHOLE ${files} files, signed by key ${key.keyId} (${key.algorithm}, ${key.custody})`,
    `run ${run} of ${record.run.drill.name}: ${verdictWord(record)}, evidence ${evidenceClass}, ended ${finishedAt}`,
    `attested ${result.result}: the word of in-toto's test-result, which is PASSED only for a live run without deviations`,
    `operator ${operator}`,
    intent
      ? `intent signed ${intent.declaredAt}, before the first step`
      : "no intent: refused before anything was changed",
    ...derivedLines(bundle),
    ...reviews.flatMap(reviewLines),
    ...(reviews.length === 0 ? ["not reviewed yet"] : []),
  ];
}

function derivedLines({ renderedBy, notCompared, projectControls }: VerifiedBundle): readonly string[] {
  const compared =
    notCompared.length === 0
      ? "every file follows from the journal: made again of it, and the same to the letter"
      : `rendered by gameday ${renderedBy}, which this one is not: figures, instants, states, ids and files of facts follow from the journal; not compared: ${notCompared.join(", ")}, and wording in other files`;
  return [
    compared,
    ...(projectControls.length === 0
      ? []
      : [
          `${projectControls.length} of its controls are mapped by the project, not by gameday: ${projectControls.join(", ")}`,
        ]),
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
