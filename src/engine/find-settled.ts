import type { Clock } from "../time/clock.ts";
import type { FoundResource, LedgerEntry, ResourceKind } from "./resource-kind.ts";

/**
 * The pauses between looks for what a create without an answer may have made. AWS shows new resources late, by up to a minute
 * (EC2 API, eventual consistency): only then is it known that nothing was made.
 */
const PAUSES_MS = [5_000, 10_000, 20_000, 30_000];

export interface Search<S> {
  readonly kind: ResourceKind<S>;
  readonly entry: LedgerEntry;
  readonly services: S;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Looks at once and then for a minute, until it is found or surely is not there. */
export async function findSettled<S>({
  kind,
  entry,
  services,
  clock,
  signal,
}: Search<S>): Promise<FoundResource | undefined> {
  const pauses = kind.visibleAtOnce ? [] : PAUSES_MS;
  for (let looks = 0; ; looks++) {
    const found = await kind.find(entry, services);
    const pause = pauses[looks];
    if (found || pause === undefined) return found;
    await clock.sleep(pause, signal);
  }
}
