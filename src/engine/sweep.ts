import { toFailureRecord } from "./failure.ts";
import type { Budget } from "./budget.ts";
import { destroyEntries } from "./destroy.ts";
import { createToken, remaining } from "./ledger.ts";
import type { LedgerEntry, ResourceKind, SweepPlace, TaggedResource } from "./resource-kind.ts";
import type { Run } from "./run.ts";
import { RUN_TAG } from "./tags.ts";

/** A find may be followed by another: AWS shows things late, and a policy may have made one more before it was deleted. */
const MOST_ROUNDS = 3;

/** The step that what a sweep has found is filed under: nobody knows which one made it. */
export const SWEEP_STEP = "sweep";

/**
 * Looks for whatever carries this run's tag and is not in its ledger, enters it there and destroys it: what a killed Terraform
 * made and forgot, what a lifecycle policy made on its own. A kind that cannot be looked for is a finding.
 */
export async function sweep<S>(run: Run<S>, budget: Budget): Promise<void> {
  let blind = false;
  for (let round = 1; round <= MOST_ROUNDS && !budget.signal.aborted; round++) {
    const { found, complete } = await findUnlisted(run, budget.signal);
    blind = !complete;
    if (found.length === 0) break;
    await destroyEntries(run, found, budget);
  }
  if (!blind && !budget.signal.aborted) await settle(run, budget.signal);
}

/** Everything with the run's tag that the ledger does not have, entered in the ledger. */
export async function findUnlisted<S>(
  run: Run<S>,
  signal: AbortSignal,
): Promise<{ readonly found: readonly LedgerEntry[]; readonly complete: boolean }> {
  const entries: LedgerEntry[] = [];
  let complete = true;
  for (const { kind, place } of sweepPlaces(run)) {
    try {
      const services = run.deps.services(run.scope({ signal }));
      for (const resource of (await kind.sweep?.list(place, services)) ?? []) {
        if (resource.tags[RUN_TAG] !== run.deps.runId || isListed(run, kind.kind, resource.id)) continue;
        entries.push(await enter(run, kind.kind, resource));
      }
    } catch (error) {
      complete = false;
      if (!signal.aborted) await cannotLook(run, kind.kind, place.region, error);
    }
  }
  return { found: entries, complete };
}

interface Look<S> {
  readonly kind: ResourceKind<S>;
  readonly place: SweepPlace;
}

function sweepPlaces<S>(run: Run<S>): readonly Look<S>[] {
  const { primary, dr } = run.drill.regions;
  const made = new Set(run.record().ledger.map((entry) => entry.kind));
  return [...run.deps.resourceKinds.values()].flatMap((kind) => {
    if (!kind.sweep || (kind.sweep.madeBy && !kind.sweep.madeBy.some((name) => made.has(name)))) return [];
    const regions = kind.sweep.global ? [primary] : [...new Set([primary, dr])];
    return regions.map((region) => ({ kind, place: { region, runId: run.deps.runId, since: run.startedAt } }));
  });
}

/** Also when it is confirmed gone: AWS may go on showing for a while what it has deleted. */
function isListed<S>(run: Run<S>, kind: string, id: string): boolean {
  return run.record().ledger.some((entry) => entry.kind === kind && entry.id === id);
}

async function enter<S>(run: Run<S>, kind: string, found: TaggedResource): Promise<LedgerEntry> {
  const key = `${SWEEP_STEP}/${found.region}/${kind}/${found.id}`;
  const resource = {
    key,
    kind,
    region: found.region,
    token: createToken(run.deps.runId, key),
    tags: found.tags,
    attributes: found.attributes ?? {},
    step: SWEEP_STEP,
  };
  await run.emit({ type: "resource-intended", resource });
  await run.emit({ type: "resource-created", key, id: found.id, adopted: true });
  return { ...resource, id: found.id, state: "created" };
}

async function cannotLook<S>(run: Run<S>, kind: string, region: string, error: unknown): Promise<void> {
  await run.finding({
    code: "sweep-incomplete",
    severity: "warning",
    message: `no look for a ${kind} with this run's tag in ${region}: ${toFailureRecord(error).message}`,
  });
}

/** What nothing told the contents of is settled when all it can have made would have been found, and everything found is gone. */
async function settle<S>(run: Run<S>, signal: AbortSignal): Promise<void> {
  const left = remaining(run.record().ledger);
  if (left.some((entry) => entry.step === SWEEP_STEP)) return;
  for (const entry of left) {
    const kind = run.deps.resourceKinds.get(entry.kind);
    if (!kind?.settledBySweep) continue;
    const services = run.deps.services(run.scope({ signal }));
    if (await kind.settledBySweep(entry, services).catch(() => false))
      await run.emit({ type: "resource-deleted", key: entry.key, how: "swept" });
  }
}
