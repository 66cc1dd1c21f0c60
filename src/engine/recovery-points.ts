import type { RecoveryPointFound } from "./events.ts";
import type { RecoveryPoint } from "./facts.ts";

/** What steps have found out about recovery points: each step instance's facts, the later ones over the earlier. */
export class RecoveryPointFacts {
  readonly #byInstance = new Map<string, RecoveryPoint>();

  add({ instance, facts }: { readonly instance: RecoveryPointFound["instance"]; readonly facts: RecoveryPoint }): void {
    this.#byInstance.set(instance, { ...this.#byInstance.get(instance), ...facts });
  }

  /** Every recovery point by itself, the one with the oldest data first. Facts of the same source are of the same point. */
  all(): readonly RecoveryPoint[] {
    const points = new Map<string, RecoveryPoint>();
    for (const facts of this.#byInstance.values()) {
      const name = facts.sourceId ?? facts.recoveryPointId;
      if (name !== undefined) points.set(name, { ...points.get(name), ...facts });
    }
    return [...points.values()].sort((a, b) => pointInTime(a) - pointInTime(b));
  }

  /** Of one recovery point all that is known. Of several the oldest, with the oldest of the markers: the worst of the run. */
  worst(): RecoveryPoint {
    const [oldest, another] = this.all();
    if (another === undefined) return Object.assign({}, ...this.#byInstance.values(), this.#markers()) as RecoveryPoint;
    return { ...oldest, ...this.#markers() };
  }

  #markers(): Pick<RecoveryPoint, "markerWrittenAt" | "markerFoundAt"> {
    const facts = [...this.#byInstance.values()];
    const written = oldestOf(facts.flatMap(({ markerWrittenAt }) => markerWrittenAt ?? []));
    const found = oldestOf(facts.flatMap(({ markerFoundAt }) => markerFoundAt ?? []));
    return {
      ...(written === undefined ? {} : { markerWrittenAt: written }),
      ...(found === undefined ? {} : { markerFoundAt: found }),
    };
  }
}

/** What has no instant that can be read is no older than what has one. */
function pointInTime({ sourceStartTime = "" }: RecoveryPoint): number {
  const instant = Date.parse(sourceStartTime);
  return Number.isNaN(instant) ? Number.MAX_VALUE : instant;
}

/** One that cannot be read counts as the oldest: no age can be told of it, and a smaller one may not be. */
function oldestOf(instants: readonly string[]): string | undefined {
  return instants.toSorted((a, b) => (Date.parse(a) || 0) - (Date.parse(b) || 0))[0];
}
