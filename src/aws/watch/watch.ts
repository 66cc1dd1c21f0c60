import type { Watched, WatchedKind } from "./watched.ts";

/** What one look at one resource showed. */
export type Sighting<T> = Seen<T> | { readonly seen: undefined };

export interface Seen<T> {
  readonly seen: T;
  /** What state it is in, for the journal and for people. */
  readonly state: string;
  /** From 0 to 1. */
  readonly progress?: number;
  /** The service's own instant of the last change, ISO, where it gives one. */
  readonly serviceAt?: string;
  /** When the service itself expects the end, in epoch milliseconds. */
  readonly expectedAt?: number;
}

/** What a waiting step makes of a sighting. */
export type Verdict = "wait" | "done" | { readonly failed: Error };

/** One type of resource the watch knows how to look at, many at a time. */
export interface WatchKind<T> {
  /** Describes all ids with as few calls as AWS allows, filtered and paginated. Ids that were not found are absent from the map. */
  describe(ids: readonly string[]): Promise<ReadonlyMap<string, Seen<T>>>;
}

export interface WatchRequest<K extends WatchedKind> {
  readonly region: string;
  readonly kind: K;
  readonly id: string;
  /**
   * Judges a sighting. Not found within the grace window after the request is eventual consistency and is not passed on, unless
   * it has been seen before; not found later is passed as `seen: undefined`.
   */
  judge(sighting: Sighting<Watched[K]>): Verdict;
  /** When the change cannot come before, in epoch milliseconds; polls are sparse until then. */
  readonly expectedAt?: number;
  /** Ends this one wait, besides the scope's signal; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** For a wait that no measurement hangs on: so many milliseconds between looks are soon enough. */
  readonly unhurriedMs?: number;
  /** How long not-found counts as "not yet visible"; 60 s when absent. Zero when a missing one is what is waited for. */
  readonly graceMs?: number;
}

/** The one way to wait for AWS: batched, state-aware polling, one lane per Region and kind. */
export interface Watch {
  /**
   * Resolves with the sighting judged `done` (whose `seen` is undefined when "gone" was judged done); rejects with the judged
   * failure, with a typed one on 4xx, or with the abort reason.
   */
  until<K extends WatchedKind>(request: WatchRequest<K>): Promise<Sighting<Watched[K]>>;
}
