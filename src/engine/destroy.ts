import pLimit from "p-limit";
import { abortable } from "../time/abortable.ts";
import { Failure, toFailureRecord } from "./failure.ts";
import { findSettled } from "./find-settled.ts";
import { nameOf } from "./ledger.ts";
import { withinPart, type Budget } from "./budget.ts";
import type { LedgerEntry, ResourceKind } from "./resource-kind.ts";
import type { Run } from "./run.ts";
import { teardownGroups } from "./teardown-order.ts";

type CreatedEntry = LedgerEntry & { readonly id: string };

/** How many resources are destroyed at once. */
const CONCURRENCY = 16;
/** How often the destruction of one resource is tried in all. */
const MOST_TRIES = 4;
const FIRST_PAUSE_MS = 5_000;

/** Destroys entries of the ledger. Goes on past what will not go; each such entry is journaled as leaked. */
export async function destroyEntries<S>(run: Run<S>, entries: readonly LedgerEntry[], budget: Budget): Promise<void> {
  const tierOf = (kind: string) => run.deps.resourceKinds.get(kind)?.tier;
  const single = entries.filter(({ standsFor }) => standsFor === undefined);
  for (const group of teardownGroups(single, tierOf)) await destroyGroup(run, group, budget);
  for (const { key } of entries) await lookAgain(run, key, budget);
}

/** What would not go by itself may have gone with something else: an attachment with its instance. */
async function lookAgain<S>(run: Run<S>, key: string, budget: Budget): Promise<void> {
  const entry = run.ledgerEntry(key);
  const kind = run.deps.resourceKinds.get(entry?.kind ?? "");
  if (entry?.state !== "leaked" || entry.id === undefined || !kind) return;
  const leaked = { ...entry, id: entry.id };
  await withinPart(run.clock, budget, async (signal) => {
    const services = run.deps.services(run.scope({ signal }));
    // It stays leaked when nobody can look.
    const isGone = await abortable(kind.isGone(leaked, services), signal).catch(() => false);
    if (isGone) await run.emit({ type: "resource-deleted", key, how: "destroyed" });
  });
}

async function destroyGroup<S>(run: Run<S>, group: readonly LedgerEntry[], budget: Budget): Promise<void> {
  const atOnce = pLimit(CONCURRENCY);
  await Promise.all(group.map((entry) => atOnce(() => destroyEntry(run, entry, budget))));
}

async function destroyEntry<S>(run: Run<S>, entry: LedgerEntry, budget: Budget): Promise<void> {
  const { key } = entry;
  await withinPart(run.clock, budget, async (signal) => {
    try {
      const kind = run.deps.resourceKinds.get(entry.kind);
      if (!kind) throw new Error(`nothing knows how to destroy a ${entry.kind}`);
      const services = run.deps.services(run.scope({ signal }));
      const how = await abortable(
        persist(run, signal, () => destroyOnce(run, { entry, kind, services, signal })),
        signal,
      );
      await run.emit({ type: "resource-deleted", key, how });
    } catch (error) {
      const failure = toFailureRecord(signal.aborted ? signal.reason : error);
      await run.emit({ type: "resource-leaked", key, failure });
    }
  });
}

interface Destruction<S> {
  readonly entry: LedgerEntry;
  readonly kind: ResourceKind<S>;
  readonly services: S;
  readonly signal: AbortSignal;
}

async function destroyOnce<S>(run: Run<S>, of: Destruction<S>): Promise<"destroyed" | "never-created"> {
  const { kind, services } = of;
  const entry = await identified(run, of);
  if (!entry) return "never-created";
  if (entry.uncertain !== undefined) return goneByItself(entry, of);
  await run.owners.destroy(entry, services, () => run.emit({ type: "resource-deleting", key: entry.key }));
  if (!(await kind.isGone(entry, services))) throw stillThere(entry);
  return "destroyed";
}

/** What may be somebody else's is left to whoever can tell. */
async function goneByItself<S>(entry: CreatedEntry, { kind, services }: Destruction<S>): Promise<"destroyed"> {
  if (await kind.isGone(entry, services)) return "destroyed";
  throw new Failure({
    code: "may-be-anothers",
    message: `${entry.uncertain}: it is left alone`,
    fixer: "operator",
    next: `look at ${entry.id} in ${entry.region}, and delete it if it is this run's; then gameday cleanup`,
    resourceId: entry.id,
    retryable: false,
  });
}

/** The entry with its id. Where only the intent is known, looks for what the create may have made all the same. */
async function identified<S>(run: Run<S>, of: Destruction<S>): Promise<CreatedEntry | undefined> {
  const { entry, kind, services } = of;
  const known = run.ledgerEntry(entry.key) ?? entry;
  if (known.id !== undefined) return { ...known, id: known.id };
  const { signal } = of;
  const found = await findSettled({ kind, entry, services, clock: run.clock, signal });
  if (!found) return undefined;
  const attributes = { ...entry.attributes, ...found.attributes };
  await run.emit({ type: "resource-created", key: entry.key, id: found.id, attributes, adopted: true });
  return { ...entry, id: found.id, attributes };
}

async function persist<S, T>(run: Run<S>, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      const inVain = error instanceof Failure && error.details.retryable === false;
      if (tries === MOST_TRIES || signal.aborted || inVain) throw error;
      await run.clock.sleep(FIRST_PAUSE_MS * 2 ** (tries - 1), signal);
    }
  }
}

function stillThere(entry: CreatedEntry): Failure {
  return new Failure({
    code: "still-there",
    message: `${entry.kind} ${entry.id} in ${entry.region} is still there after its deletion was accepted`,
    fixer: "operator",
    next: `delete ${nameOf(entry)} by hand`,
    resourceId: entry.id,
  });
}
