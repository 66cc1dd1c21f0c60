/** What one look at one resource showed. */
export type Sighting<T> =
  | {
      readonly seen: T;
      /** What state it is in, for the journal and for people. */ readonly state: string;
      readonly progress?: number;
      readonly serviceAt?: string;
    }
  | { readonly seen: undefined };

/** What a waiting step makes of a sighting. */
export type Verdict = "wait" | "done" | { readonly failed: Error };

/** One type of resource the watch knows how to look at, many at a time. */
export interface WatchKind<T> {
  /** `ec2.snapshot`, `ec2.volume`, … */
  readonly kind: string;
  /** Describes all ids with as few calls as AWS allows, filtered and paginated. Ids that were not found are absent from the map. */
  describe(ids: readonly string[]): Promise<ReadonlyMap<string, Sighting<T> & { readonly seen: T }>>;
}

export interface WatchRequest<T> {
  readonly region: string;
  readonly kind: string;
  readonly id: string;
  /**
   * Judges a sighting. Not found within the grace window after the request is eventual consistency and is not passed on;
   * not found later is passed as `seen: undefined`.
   */
  judge(sighting: Sighting<T>): Verdict;
  /** A hint when the change is expected, in epoch milliseconds; polls are sparse until then. */
  readonly expectedAt?: number;
}

/** The one way to wait for AWS: batched, state-aware polling, one lane per Region and kind. */
export interface Watch {
  /** Resolves with the sighting judged `done`; rejects with the judged failure, with a typed one on 4xx, or with the scope's abort reason. */
  until<T>(request: WatchRequest<T>): Promise<Sighting<T> & { readonly seen: T }>;
}
