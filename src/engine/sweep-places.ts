import { toFailureRecord } from "./failure.ts";
import { createToken } from "./ledger.ts";
import type { LedgerEntry, MadeResource, Maker, ResourceKind, SweepPlace, TaggedResource } from "./resource-kind.ts";
import type { Run } from "./run.ts";

/** The step that what a sweep has found is filed under: nobody knows which one made it. */
export const SWEEP_STEP = "sweep";

export interface Look<S> {
  readonly kind: ResourceKind<S>;
  readonly place: SweepPlace;
  list(services: S): Promise<readonly TaggedResource[]>;
}

/** Where the run may have made something that only its tag tells of. */
export function sweepPlaces<S>(run: Run<S>): readonly Look<S>[] {
  const { primary, dr } = run.drill.regions;
  const made = new Set(run.record().ledger.map((entry) => entry.kind));
  return [...run.deps.resourceKinds.values()].flatMap((kind) => {
    const { sweep } = kind;
    if (!sweep || (sweep.madeBy && !sweep.madeBy.some((name) => made.has(name)))) return [];
    const regions = sweep.global ? [primary] : [...new Set([primary, dr])];
    return regions.map((region) => {
      const place = { region, runId: run.deps.runId, since: run.startedAt };
      return { kind, place, list: (services) => sweep.list(place, services) };
    });
  });
}

/**
 * Also when it is confirmed gone: AWS may go on showing for a while what it has deleted. An id alone names nothing: a multi-Region key
 * and its replicas have the same one.
 */
export function isListed<S>(run: Run<S>, { kind, region, id }: Maker): boolean {
  return run.record().ledger.some((entry) => entry.kind === kind && entry.region === region && entry.id === id);
}

export interface Finding {
  readonly kind: string;
  readonly resource: MadeResource;
  /** The maker, and the step that made it. */
  readonly by?: { readonly maker: Maker; readonly step: string };
}

/** Enters in the ledger what was found. */
export async function enter<S>(run: Run<S>, { kind, resource: found, by }: Finding): Promise<LedgerEntry> {
  const key = `${by ? "made" : SWEEP_STEP}/${found.region}/${kind}/${found.id}`;
  const resource = {
    key,
    kind,
    region: found.region,
    token: createToken(run.deps.runId, key),
    tags: found.tags,
    attributes: found.attributes ?? {},
    step: by?.step ?? SWEEP_STEP,
    ...(by ? { madeBy: by.maker } : {}),
    ...(found.uncertain === undefined ? {} : { uncertain: found.uncertain }),
  };
  await run.emit({ type: "resource-intended", resource });
  await run.emit({ type: "resource-created", key, id: found.id, adopted: true });
  return { ...resource, id: found.id, state: "created" };
}

export async function cannotLook<S>(run: Run<S>, what: string, region: string, error: unknown): Promise<void> {
  await run.finding({
    code: "sweep-incomplete",
    severity: "warning",
    message: `no look for ${what} in ${region}: ${toFailureRecord(error).message}`,
  });
}
