import pLimit from "p-limit";
import { abortable } from "../time/abortable.ts";
import { Failure, toFailureRecord } from "./failure.ts";
import { nameOf, remaining } from "./ledger.ts";
import { runNodes } from "./phase-runner.ts";
import type { LedgerEntry, ResourceKind } from "./resource-kind.ts";
import type { Run } from "./run.ts";

type CreatedEntry = LedgerEntry & { readonly id: string };

/** How many resources of one kind are destroyed at once. */
const CONCURRENCY = 16;
/** How often the destruction of one resource is tried in all. */
const MOST_TRIES = 4;
const FIRST_PAUSE_MS = 5_000;

/**
 * Runs the drill's own teardown steps, then destroys everything in the ledger, newest first, within teardown's own time budget.
 * Goes on past what will not go; each such resource is journaled as leaked, by id.
 */
export async function tearDown<S>(run: Run<S>): Promise<void> {
  const stop = new AbortController();
  const done = new AbortController();
  const budgetMs = run.drill.safety.teardownBudgetMs;
  const budget = run.clock.sleep(budgetMs, done.signal).then(
    () => stop.abort(budgetSpent(budgetMs)),
    () => undefined,
  );
  if (!run.phase("teardown")) await run.emit({ type: "phase-started", phase: "teardown" });
  const steps = await runNodes(run, "teardown", { signal: stop.signal, goOn: true });
  for (const group of newestFirst(remaining(run.record().ledger))) await destroyGroup(run, group, stop.signal);
  const left = remaining(run.record().ledger).length;
  await run.emit({ type: "phase-finished", phase: "teardown", outcome: left > 0 ? "failed" : steps });
  done.abort();
  await budget;
}

/** Neighbours of one kind can go together; across kinds the order of creation counts (an attachment before its volume). */
function newestFirst(entries: readonly LedgerEntry[]): readonly (readonly LedgerEntry[])[] {
  const groups: LedgerEntry[][] = [];
  for (const entry of entries.toReversed()) {
    const last = groups.at(-1);
    if (last?.[0]?.kind === entry.kind) last.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

async function destroyGroup<S>(run: Run<S>, group: readonly LedgerEntry[], signal: AbortSignal): Promise<void> {
  const limit = pLimit(CONCURRENCY);
  await Promise.all(group.map((entry) => limit(() => destroyEntry(run, entry, signal))));
}

async function destroyEntry<S>(run: Run<S>, entry: LedgerEntry, signal: AbortSignal): Promise<void> {
  const { key } = entry;
  try {
    const kind = run.deps.resourceKinds.get(entry.kind);
    if (!kind) throw new Error(`nothing knows how to destroy a ${entry.kind}`);
    const services = run.deps.services(run.scope({ signal }));
    const how = await abortable(
      persist(run, signal, () => destroyOnce(run, { entry, kind, services })),
      signal,
    );
    await run.emit({ type: "resource-deleted", key, how });
  } catch (error) {
    await run.emit({ type: "resource-leaked", key, failure: toFailureRecord(signal.aborted ? signal.reason : error) });
  }
}

interface Destruction<S> {
  readonly entry: LedgerEntry;
  readonly kind: ResourceKind<S>;
  readonly services: S;
}

async function destroyOnce<S>(run: Run<S>, of: Destruction<S>): Promise<"destroyed" | "never-created"> {
  const { kind, services } = of;
  const entry = await identified(run, of);
  if (!entry) return "never-created";
  await run.emit({ type: "resource-deleting", key: entry.key });
  await kind.destroy(entry, services);
  if (!(await kind.isGone(entry, services))) throw stillThere(entry);
  return "destroyed";
}

/** The entry with its id. Where only the intent is known, looks for what the create may have made all the same. */
async function identified<S>(run: Run<S>, of: Destruction<S>): Promise<CreatedEntry | undefined> {
  const { entry, kind, services } = of;
  if (entry.id !== undefined) return { ...entry, id: entry.id };
  const found = await kind.find(entry, services);
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
      if (tries === MOST_TRIES || signal.aborted) throw error;
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

function budgetSpent(budgetMs: number): Failure {
  return new Failure({
    code: "teardown-timed-out",
    message: `teardown did not end within its budget of ${budgetMs / 60_000} minutes`,
    fixer: "operator",
    next: "raise safety.teardownBudget in the drill file, and delete what the report lists",
    consequence: "timeout",
  });
}
