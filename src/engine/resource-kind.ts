import type { Permission } from "./permission.ts";
import type { Tags } from "./tags.ts";

/** JSON data; what events may carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export type ResourceState = "intended" | "created" | "deleting" | "deleted" | "leaked" | "kept";

/** One line of the ledger: something a run made, or meant to make, that can outlive it. */
export interface LedgerEntry {
  /** Unique in the run: `<step instance>#<attempt>/<ordinal>`. */
  readonly key: string;
  /** The resource kind, for example `ec2.volume`. */
  readonly kind: string;
  readonly region: string;
  /** Deterministic, at most 64 ASCII characters: hash of run, step instance, attempt and ordinal. */
  readonly token: string;
  readonly tags: Tags;
  /** What the kind needs to find or destroy it besides its id. */
  readonly attributes: JsonObject;
  readonly step: string;
  readonly state: ResourceState;
  readonly id?: string;
  readonly reason?: string;
}

export interface FoundResource {
  readonly id: string;
  readonly attributes?: JsonObject;
}

/** Knows how to find, destroy and confirm gone one type of resource. `S` is what the kind gets to do that with. */
export interface ResourceKind<S> {
  readonly kind: string;
  /**
   * Whether AWS itself makes a repeated create with the same token return the first one's resource.
   * Where it does not, the engine looks with `find` before it sends a create again.
   */
  readonly idempotentCreate: boolean;
  readonly permissions: readonly Permission[];
  /** Looks by token, run tag or attributes. Undefined when there is none (any more). Must not trust `entry.id` to be set. */
  find(entry: LedgerEntry, services: S): Promise<FoundResource | undefined>;
  /** Asks for deletion and waits until it is done or has failed. Deleting what is already gone is a success. */
  destroy(entry: LedgerEntry & { readonly id: string }, services: S): Promise<void>;
  /** Looks whether it is really gone; never believes the delete call. */
  isGone(entry: LedgerEntry & { readonly id: string }, services: S): Promise<boolean>;
}
