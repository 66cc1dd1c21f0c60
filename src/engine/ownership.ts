import { Failure } from "./failure.ts";
import type { LedgerEntry, Maker, Owner, ResourceKind } from "./resource-kind.ts";
import { RUN_TAG, type Tags } from "./tags.ts";

type Made = LedgerEntry & { readonly id: string };

export interface Doomed<S> {
  readonly kind: ResourceKind<S>;
  readonly entry: Made;
  /** The run in whose name it is destroyed. */
  readonly runId: string;
  readonly services: S;
  readonly resourceKinds: ReadonlyMap<string, ResourceKind<S>>;
}

/**
 * The one place where anything is destroyed: only what AWS itself shows to be the run's, at that very moment. A journal is no proof of
 * it, for it may have come from anybody.
 * @throws Failure `not-this-runs`, with nothing changed
 */
export async function destroyOwn<S>(of: Doomed<S>, before?: () => Promise<unknown>): Promise<void> {
  const owner = await ownerOf(of);
  if (owner === "another") throw notThisRuns(of);
  await before?.();
  if (owner === "run") await of.kind.destroy(of.entry, of.services);
}

/** Whose it is, as AWS shows it right now. */
export async function ownerOf<S>(of: Doomed<S>): Promise<Owner> {
  const { kind, entry, runId, services } = of;
  const { ownership } = kind;
  if (ownership.by === "proof") return ownership.ownerOf(entry, runId, services);
  const owner = ownerByTags(await ownership.tagsOf(entry, services), runId);
  if (owner !== "another" || !entry.madeBy) return owner;
  return (await isMadeByOwn(of, entry.madeBy)) ? "run" : "another";
}

/** What a maker of the run's makes by itself carries the maker's mark and not the run's. A maker that is gone tells no more. */
async function isMadeByOwn<S>(of: Doomed<S>, maker: Maker): Promise<boolean> {
  const kind = of.resourceKinds.get(maker.kind);
  if (!kind?.makes) return false;
  const { madeBy: _, ...entry } = { ...of.entry, ...maker };
  if ((await ownerOf({ ...of, kind, entry })) === "another") return false;
  return kind.makes.marks(of.entry, { ...maker, runId: of.runId }, of.services);
}

/** Undefined tags: it is not there. */
export function ownerByTags(tags: Tags | undefined, runId: string): Owner {
  if (tags === undefined) return "nobody";
  return Object.hasOwn(tags, RUN_TAG) && tags[RUN_TAG] === runId ? "run" : "another";
}

function notThisRuns<S>({ kind, entry: { id, region }, runId }: Doomed<S>): Failure {
  const why = kind.ownership.by === "tags" ? `it does not carry ${RUN_TAG}=${runId}` : kind.ownership.otherwise;
  return new Failure({
    code: "not-this-runs",
    message: `${kind.kind} ${id} in ${region} is left alone: ${why}, so nothing but the journal says that this run made it`,
    fixer: "operator",
    next: `look at ${id}: if the run did make it, delete it by hand`,
    resourceId: id,
    retryable: false,
  });
}
