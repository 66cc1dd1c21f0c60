import { abortable } from "../time/abortable.ts";
import type { Budget } from "./budget.ts";
import { destroyEntries } from "./destroy.ts";
import { toFailureRecord } from "./failure.ts";
import { remaining } from "./ledger.ts";
import { sweepMade, type MayGo } from "./makers.ts";
import type { LedgerEntry } from "./resource-kind.ts";
import type { Run } from "./run.ts";
import { cannotLook, enter, isListed, SWEEP_STEP, sweepPlaces } from "./sweep-places.ts";
import { RUN_TAG } from "./tags.ts";

/** A find may be followed by another: AWS shows things late. */
const MOST_ROUNDS = 3;

/**
 * Looks for whatever carries this run's tag and is not in its ledger, enters it there and destroys it: what a killed Terraform
 * made and forgot. Then for whatever the run's makers have made, whether it carries a tag of the run or not. A kind that cannot be
 * looked for is a finding.
 */
export async function sweep<S>(run: Run<S>, budget: Budget, mayGo: MayGo = () => true): Promise<void> {
  let complete = false;
  for (let round = 1; round <= MOST_ROUNDS && !budget.signal.aborted; round++) {
    const look = await findUnlisted(run, budget.signal);
    complete = look.complete;
    if (look.found.length === 0) break;
    await destroyEntries(run, look.found.filter(mayGo), budget);
  }
  if (!complete && budget.signal.aborted) await stoppedLooking(run, budget.signal);
  await sweepMade(run, budget, mayGo);
  if (complete && !budget.signal.aborted) await settle(run, budget.signal, mayGo);
}

async function stoppedLooking<S>(run: Run<S>, { reason }: AbortSignal): Promise<void> {
  await run.finding({
    code: "sweep-incomplete",
    severity: "warning",
    message: `not everything with this run's tag was looked for: ${toFailureRecord(reason).message}`,
  });
}

/** Everything with the run's tag that the ledger does not have, entered in the ledger. */
export async function findUnlisted<S>(
  run: Run<S>,
  signal: AbortSignal,
): Promise<{ readonly found: readonly LedgerEntry[]; readonly complete: boolean }> {
  const entries: LedgerEntry[] = [];
  let complete = true;
  for (const { kind, list, place } of sweepPlaces(run)) {
    try {
      const services = run.deps.services(run.scope({ signal }));
      for (const resource of await abortable(list(services), signal)) {
        if (resource.tags[RUN_TAG] !== run.deps.runId || isListed(run, { kind: kind.kind, ...resource })) continue;
        entries.push(await enter(run, { kind: kind.kind, resource }));
      }
    } catch (error) {
      complete = false;
      if (!signal.aborted) await cannotLook(run, `a ${kind.kind} with this run's tag`, place.region, error);
    }
  }
  return { found: entries, complete };
}

/** What nothing told the contents of is settled when all it can have made would have been found, and everything found is gone. */
async function settle<S>(run: Run<S>, signal: AbortSignal, mayGo: MayGo): Promise<void> {
  const left = remaining(run.record().ledger);
  if (left.some((entry) => entry.step === SWEEP_STEP)) return;
  for (const entry of left.filter(mayGo)) {
    const kind = run.deps.resourceKinds.get(entry.kind);
    if (!kind?.settledBySweep) continue;
    const services = run.deps.services(run.scope({ signal }));
    if (await kind.settledBySweep(entry, services).catch(() => false))
      await run.emit({ type: "resource-deleted", key: entry.key, how: "swept" });
  }
}
