import pLimit from "p-limit";
import { isoInstant } from "../time/clock.ts";
import { remaining } from "./ledger.ts";
import { enterAllMade, noteMakers } from "./makers.ts";
import { ownerOf } from "./ownership.ts";
import type { LedgerEntry } from "./resource-kind.ts";
import type { Run } from "./run.ts";
import { findUnlisted } from "./sweep.ts";
import { EXPIRES_TAG } from "./tags.ts";

const DEFAULT_KEEP_MS = 24 * 60 * 60_000;
const CONCURRENCY = 16;

/** Whether what a failed step leaves is kept: the command line says so, or the drill does. */
export function keepsOnFailure<S>({ deps, drill }: Run<S>): boolean {
  return deps.keepOnFailure ?? drill.onFailure === "keep";
}

/** Whether an earlier process was cut off while it kept. A run that has kept, and is resumed, is torn down. */
export function wasKeeping<S>(run: Run<S>): boolean {
  const teardown = run.phase("teardown");
  return teardown?.outcome === undefined && run.record().ledger.some(({ state }) => state === "kept");
}

/**
 * In place of teardown: leaves everything where it is, with its expiry as a tag where it can carry one. What the ledger does not
 * know but the run's tag tells, a stack's parts above all, is entered and tagged, too.
 */
export async function keepResources<S>(run: Run<S>): Promise<void> {
  run.beginTearingDown();
  const until = isoInstant(run.clock.now() + (run.drill.keepForMs ?? DEFAULT_KEEP_MS));
  // The drill's own teardown steps stay open: they are run when what was kept is torn down.
  if (!run.phase("teardown")) await run.emit({ type: "phase-started", phase: "teardown" });
  const { signal } = new AbortController();
  await noteMakers(run, signal);
  await findUnlisted(run, signal);
  await enterAllMade(run, signal);
  const atOnce = pLimit(CONCURRENCY);
  await Promise.all(remaining(run.record().ledger).map((entry) => atOnce(() => keep(run, entry, until))));
  await run.emit({ type: "phase-finished", phase: "teardown", outcome: "skipped" });
}

async function keep<S>(run: Run<S>, entry: LedgerEntry, until: string): Promise<void> {
  const tagged = await tagExpiry(run, entry, until).catch(() => false);
  await run.emit({ type: "resource-kept", key: entry.key, until, tagged });
}

async function tagExpiry<S>(run: Run<S>, entry: LedgerEntry, until: string): Promise<boolean> {
  const kind = run.deps.resourceKinds.get(entry.kind);
  if (!kind?.tag || entry.id === undefined) return false;
  const services = run.deps.services(run.scope({ signal: new AbortController().signal }));
  const made = { ...entry, id: entry.id };
  const { runId, resourceKinds } = run.deps;
  if ((await ownerOf({ kind, entry: made, runId, services, resourceKinds })) !== "run") return false;
  await kind.tag(made, { [EXPIRES_TAG]: until }, services);
  return true;
}
