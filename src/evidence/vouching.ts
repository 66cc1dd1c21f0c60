import type { JournalTail } from "../engine/journal.ts";
import type { AcceptedRisk, AgreedAction, Intent, Review } from "./attestation/statements.ts";
import type { Fact } from "./result/schema-parts.ts";
import type { PublicKeyInfo } from "./signing/signer.ts";

/** What is known of the things that vouch for a record, when a report of it is rendered. */
export interface Vouching {
  readonly journal: JournalTail;
  readonly intent?: DeclaredIntent | undefined;
  /** What the bundle was signed with, or is being signed with. */
  readonly key?: PublicKeyInfo | undefined;
  readonly bundle?: BundleState | undefined;
}

export interface DeclaredIntent {
  readonly statement: Intent;
  /** SHA-256 of its envelope. */
  readonly digest: string;
}

/** `being-written`: the report goes into the bundle, and cannot know the digest of what it is a part of. */
export type BundleState =
  | { readonly state: "being-written" }
  | {
      readonly state: "verified";
      readonly files: number;
      /** SHA-256 of its manifest. */
      readonly digest: string;
      /** The line of the ledger of runs that holds its result, from 1; absent where there is none. */
      readonly ledgerLine?: number | undefined;
    }
  | { readonly state: "wrong"; readonly why: string };

/** The facts of the report's section on the integrity of the record. */
export function integrityFacts({ journal, intent, key, bundle }: Vouching): readonly Fact[] {
  return [
    { label: "Head of the journal", value: journal.prev },
    { label: "Intent", value: intent ? intentWords(intent) : "none: the run was refused before anything was changed" },
    ...(key ? [{ label: "Signed by", value: `key ${key.keyId} (${key.algorithm}, ${custodyWords(key)})` }] : []),
    { label: "Evidence bundle", value: bundleWords(bundle) },
    ...ledgerFacts(bundle),
  ];
}

function intentWords({ statement, digest }: DeclaredIntent): string {
  const { declaredAt, ledger } = statement;
  return `signed ${declaredAt}, before the first step; line ${ledger.sequence + 1} of the ledger of runs; statement SHA-256 ${digest}`;
}

function custodyWords({ custody }: PublicKeyInfo): string {
  return custody === "file" ? "the private half in a file" : custody;
}

function bundleWords(bundle: BundleState | undefined): string {
  if (!bundle) return "none when this was rendered";
  if (bundle.state === "wrong") return `WRONG when this was rendered: ${bundle.why}`;
  if (bundle.state === "being-written")
    return "this report is part of it: MANIFEST.sha256 lists it, attestations/result.intoto.jsonl signs the manifest";
  return `whole when this was rendered: ${bundle.files} files, manifest SHA-256 ${bundle.digest}`;
}

function ledgerFacts(bundle: BundleState | undefined): readonly Fact[] {
  if (bundle?.state !== "verified" || bundle.ledgerLine === undefined) return [];
  return [{ label: "In the ledger of runs", value: `its result is line ${bundle.ledgerLine}` }];
}

/** The facts of the report's section on review: every review, the last one in full. */
export function reviewFacts(reviews: readonly (Review & { readonly keyId: string })[]): readonly Fact[] {
  const last = reviews.at(-1);
  if (!last) return [];
  const earlier = reviews.slice(0, -1).map((one) => ({ label: "Earlier review", value: reviewWords(one) }));
  return [
    ...earlier,
    { label: "State", value: `reviewed${last.selfReviewed ? " by the operator: self-reviewed" : ""}` },
    { label: "Decision", value: reviewWords(last) },
    { label: "Date", value: last.reviewedAt },
    { label: "Comments", value: last.comment === "" ? "not provided" : last.comment },
    ...decisionFacts(last.actions ?? [], last.acceptedRisks ?? []),
    { label: "Signed with", value: `the reviewer's key ${last.keyId}` },
  ];
}

function reviewWords({ decision, reviewer, reviewedAt, selfReviewed }: Review): string {
  return `${decision} by ${reviewer}${selfReviewed ? ", who is the operator" : ""}, ${reviewedAt}`;
}

function decisionFacts(actions: readonly AgreedAction[], risks: readonly AcceptedRisk[]): readonly Fact[] {
  const accepted = risks.map(({ deviation, reason }) => `${deviation}: ${reason}`).join("; ");
  const agreed = actions.map(({ deviation, owner, due }) => `${deviation}: ${owner}, due ${due}`).join("; ");
  return [
    { label: "Actions agreed", value: agreed === "" ? "none" : agreed },
    { label: "Risk acceptance", value: accepted === "" ? "none" : accepted },
  ];
}
