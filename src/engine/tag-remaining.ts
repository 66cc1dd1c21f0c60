import pLimit from "p-limit";
import { abortable } from "../time/abortable.ts";
import { withinPart, type Budget } from "./budget.ts";
import { remaining } from "./ledger.ts";
import type { LedgerEntry } from "./resource-kind.ts";
import type { Run } from "./run.ts";
import type { Tags } from "./tags.ts";

const CONCURRENCY = 16;

/**
 * Puts tags on all that the run has left and that can carry them, and tells of each whether it carries them now. What hangs gets half
 * of what is left of the budget, and nothing that fails ends it.
 */
export async function tagRemaining<S>(
  run: Run<S>,
  { tags, budget }: { readonly tags: Tags; readonly budget: Budget },
  told: (entry: LedgerEntry, tagged: boolean) => Promise<unknown> = async () => undefined,
): Promise<void> {
  const atOnce = pLimit(CONCURRENCY);
  const work = async (entry: LedgerEntry) => {
    const tagged = await withinPart(run.clock, budget, (signal) =>
      abortable(tagOne(run, entry, { tags, signal }), signal).catch(() => false),
    );
    await told(entry, tagged);
  };
  await Promise.all(remaining(run.record().ledger).map((entry) => atOnce(() => work(entry))));
}

/** Whether it carries them now: it must be the run's, of a kind that carries tags. */
export async function tagOne<S>(
  run: Run<S>,
  entry: LedgerEntry,
  { tags, signal }: { readonly tags: Tags; readonly signal: AbortSignal },
): Promise<boolean> {
  const kind = run.deps.resourceKinds.get(entry.kind);
  if (!kind?.tag || entry.id === undefined) return false;
  const services = run.deps.services(run.scope({ signal }));
  const made = { ...entry, id: entry.id };
  if ((await run.owners.ownerOf(made, services)) !== "run") return false;
  await kind.tag(made, tags, services);
  return true;
}
