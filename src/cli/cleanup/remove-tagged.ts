import pLimit from "p-limit";
import { withinBudget, withinPart, type Budget } from "../../engine/budget.ts";
import { toFailureRecord } from "../../engine/failure.ts";
import { Owners } from "../../engine/ownership.ts";
import { RUN_TAG } from "../../engine/tags.ts";
import { RESOURCE_KINDS } from "../../resources/all.ts";
import type { DrillServices } from "../../steps/services.ts";
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
  readonly runId: string;
  readonly stop?: AbortSignal | undefined;
  readonly budgetMs?: number;
}

/**
 * Deletes what only tags tell of, of one run: tier by tier as teardown does, what hangs on another before it, and within a time budget
 * as that has. What does not go keeps nothing else from going.
 */
export async function removeTagged(
  { hands, runId, stop, budgetMs = BUDGET_MS }: TaggedRemoval,
  leftovers: readonly Leftover[],
): Promise<readonly Removal[]> {
  const removals: Removal[] = [];
  const remover = { hands, owners: new Owners(runId, RESOURCE_KINDS) };
  const removeAll = async (budget: Budget) => {
    const atOnce = pLimit(CONCURRENCY);
    const due = leftovers.filter(({ stays }) => !stays);
    await Promise.all(due.map((one) => atOnce(() => tagMade(remover, one, budget))));
    for (const tier of tiersOf(due))
      removals.push(...(await Promise.all(tier.map((one) => atOnce(() => removeOne(remover, one, budget))))));
  };
  await withinBudget(systemClock, budgetMs, removeAll, stop);
  return removals;
}

function tiersOf(leftovers: readonly Leftover[]): readonly (readonly Leftover[])[] {
  const tierOf = ({ entry }: Leftover) => RESOURCE_KINDS.get(entry.kind)?.tier ?? 0;
  const tiers = [...new Set(leftovers.map(tierOf))].toSorted((a, b) => a - b);
  return tiers.map((tier) => leftovers.filter((leftover) => tierOf(leftover) === tier));
}

interface Remover {
  readonly hands: Hands;
  /** One for all: a policy that goes first shows whose what it made is. */
  readonly owners: Owners<DrillServices>;
}

/** What is found by the mark of its maker only would not be found again, were this cut off when the maker is gone. */
async function tagMade({ hands, owners }: Remover, { entry, runId }: Leftover, budget: Budget): Promise<void> {
  const { id, madeBy, region, tags } = entry;
  if (id === undefined || !madeBy || tags[RUN_TAG] === runId) return;
  await withinPart(systemClock, budget, async (signal) => {
    const services = hands.services(region, runId, signal);
    const made = { ...entry, id };
    if ((await owners.ownerOf(made, services)) === "run")
      await RESOURCE_KINDS.get(entry.kind)?.tag?.(made, { [RUN_TAG]: runId }, services);
  }).catch(() => undefined);
}

async function removeOne(remover: Remover, leftover: Leftover, budget: Budget): Promise<Removal> {
  const failure = await withinPart(systemClock, budget, (signal) =>
    abortable(destroyTagged(remover, leftover, signal), signal).catch(
      (error: unknown) => toFailureRecord(signal.aborted ? signal.reason : error).message,
    ),
  );
  return { leftover, ...(failure === undefined ? {} : { failure }) };
}

async function destroyTagged(
  { hands, owners }: Remover,
  { entry, runId }: Leftover,
  signal: AbortSignal,
): Promise<string | undefined> {
  signal.throwIfAborted();
  const kind = RESOURCE_KINDS.get(entry.kind);
  if (!kind || entry.id === undefined) return `nothing knows how to destroy a ${entry.kind}`;
  const services = hands.services(entry.region, runId, signal);
  const made = { ...entry, id: entry.id };
  await owners.destroy(made, services);
  return (await kind.isGone(made, services)) ? undefined : "still there after its deletion was accepted";
}
