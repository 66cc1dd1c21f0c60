import pLimit from "p-limit";
import { withinBudget, withinPart, type Budget } from "../../engine/budget.ts";
import { toFailureRecord } from "../../engine/failure.ts";
import { destroyOwn } from "../../engine/ownership.ts";
import { RESOURCE_KINDS } from "../../resources/all.ts";
import { abortable } from "../../time/abortable.ts";
import { systemClock } from "../../time/system-clock.ts";
import type { Hands } from "./hands.ts";
import type { Leftover } from "./leftover.ts";
import type { Removal } from "./removal.ts";

/** What a drill's teardown has by default. */
const BUDGET_MS = 30 * 60_000;
const CONCURRENCY = 16;

export interface TaggedRemoval {
  readonly hands: Hands;
  readonly stop?: AbortSignal | undefined;
  readonly budgetMs?: number;
}

/**
 * Deletes what only tags tell of, of one run: tier by tier as teardown does, what hangs on another before it, and within a time budget
 * as that has. What does not go keeps nothing else from going.
 */
export async function removeTagged(
  { hands, stop, budgetMs = BUDGET_MS }: TaggedRemoval,
  leftovers: readonly Leftover[],
): Promise<readonly Removal[]> {
  const removals: Removal[] = [];
  const removeAll = async (budget: Budget) => {
    const atOnce = pLimit(CONCURRENCY);
    for (const tier of tiersOf(leftovers.filter(({ stays }) => !stays)))
      removals.push(...(await Promise.all(tier.map((one) => atOnce(() => removeOne(hands, one, budget))))));
  };
  await withinBudget(systemClock, budgetMs, removeAll, stop);
  return removals;
}

function tiersOf(leftovers: readonly Leftover[]): readonly (readonly Leftover[])[] {
  const tierOf = ({ entry }: Leftover) => RESOURCE_KINDS.get(entry.kind)?.tier ?? 0;
  const tiers = [...new Set(leftovers.map(tierOf))].toSorted((a, b) => a - b);
  return tiers.map((tier) => leftovers.filter((leftover) => tierOf(leftover) === tier));
}

async function removeOne(hands: Hands, leftover: Leftover, budget: Budget): Promise<Removal> {
  const failure = await withinPart(systemClock, budget, (signal) =>
    abortable(destroyTagged(hands, leftover, signal), signal).catch(
      (error: unknown) => toFailureRecord(signal.aborted ? signal.reason : error).message,
    ),
  );
  return { leftover, ...(failure === undefined ? {} : { failure }) };
}

async function destroyTagged(
  hands: Hands,
  { entry, runId }: Leftover,
  signal: AbortSignal,
): Promise<string | undefined> {
  signal.throwIfAborted();
  const kind = RESOURCE_KINDS.get(entry.kind);
  if (!kind || entry.id === undefined) return `nothing knows how to destroy a ${entry.kind}`;
  const services = hands.services(entry.region, runId, signal);
  const made = { ...entry, id: entry.id };
  await destroyOwn({ kind, entry: made, runId, services, resourceKinds: RESOURCE_KINDS });
  return (await kind.isGone(made, services)) ? undefined : "still there after its deletion was accepted";
}
