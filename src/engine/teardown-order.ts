import type { LedgerEntry } from "./resource-kind.ts";

/** The tier of a kind; undefined for kinds that go where they stand. */
export type TierOf = (kind: string) => number | undefined;

/**
 * The ledger in the groups in which it is destroyed, one after the other. Newest first; but neighbours that are single AWS
 * resources go tier by tier, so that a thousand of them, made in turn, are a handful of groups and not a thousand.
 */
export function teardownGroups(
  entries: readonly LedgerEntry[],
  tierOf: TierOf,
): readonly (readonly [LedgerEntry, ...LedgerEntry[]])[] {
  return neighbours(entries.toReversed(), tierOf).flatMap((run) => byTier(run, tierOf));
}

type Group = [LedgerEntry, ...LedgerEntry[]];

/** Stretches of entries that all have a tier, or that are all of one kind without. */
function neighbours(entries: readonly LedgerEntry[], tierOf: TierOf): readonly Group[] {
  const groups: Group[] = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    if (last && belongTogether(last[0], entry, tierOf)) last.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

function belongTogether(one: LedgerEntry, other: LedgerEntry, tierOf: TierOf): boolean {
  if (tierOf(one.kind) === undefined) return one.kind === other.kind;
  return tierOf(other.kind) !== undefined;
}

function byTier(group: Group, tierOf: TierOf): readonly Group[] {
  const tiers = new Map<number, Group>();
  for (const entry of group) {
    const tier = tierOf(entry.kind) ?? 0;
    const known = tiers.get(tier);
    if (known) known.push(entry);
    else tiers.set(tier, [entry]);
  }
  return [...tiers].toSorted(([a], [b]) => a - b).map(([, entriesOfTier]) => entriesOfTier);
}
