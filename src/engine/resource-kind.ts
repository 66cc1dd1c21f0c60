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
  /** ISO instant; only of what is kept. */
  readonly keptUntil?: string;
  /** What of the run has made it by itself, where no call of gameday's or Terraform's did. */
  readonly madeBy?: Maker;
  /** It is no single resource but stands for this: settled by a look, never by a destruction. */
  readonly standsFor?: string;
  /** Why it is not certain that it is the run's: gameday looks whether it is gone, and never destroys it. */
  readonly uncertain?: string;
}

/** Something that makes more by itself as long as it is there: a lifecycle policy its snapshots. */
export interface Maker {
  /** The resource kind. */
  readonly kind: string;
  readonly region: string;
  readonly id: string;
}

export interface FoundResource {
  readonly id: string;
  readonly attributes?: JsonObject;
}

/** Where to look for what runs have made. */
export interface SweepPlace {
  readonly region: string;
  /** The one run whose resources are looked for; those of all runs when absent. */
  readonly runId?: string;
  /** The run began then, in epoch milliseconds: older things need no look. */
  readonly since?: number;
}

/** Something that carries a run tag, as AWS shows it. */
export interface TaggedResource extends FoundResource {
  readonly region: string;
  readonly tags: Tags;
  /** Epoch milliseconds, where AWS tells. */
  readonly createdAt?: number;
}

/** Something that a maker has made, as AWS shows it. */
export interface MadeResource extends TaggedResource {
  /** Why it is not certain that this maker made it. Absent when it is. */
  readonly uncertain?: string;
}

export interface MadeSearch {
  readonly maker: Maker;
  /** What {@link Makes.note} noted. */
  readonly note: JsonObject;
  /** What of its making is in the ledger already, also what is gone. */
  readonly known: readonly LedgerEntry[];
}

/** A maker, and the run whose it is. */
export interface RunsMaker extends Maker {
  readonly runId: string;
}

/** What a resource of a kind makes by itself, and how that is found when the maker is gone. */
export interface Makes<S> {
  /** The resource kind of what it makes. */
  readonly kind: string;
  /**
   * What has to be known to find what it has made, asked while it is there. Undefined for one that is older than `place.since`: it is
   * not of the run's making, and neither is what it makes.
   */
  note(maker: Maker, place: SweepPlace, services: S): Promise<JsonObject | undefined>;
  /** Every Region in which it makes anything, its own first. */
  regions(search: MadeSearch, services: S): readonly string[];
  /** What it has made in one of them and is there. */
  list(search: MadeSearch & { readonly region: string }, services: S): Promise<readonly MadeResource[]>;
  /**
   * Whose mark AWS itself shows on a resource, now and whatever the ledger says: this maker's, or the run's own besides its tag.
   * Undefined: neither's.
   */
  markOn(made: LedgerEntry & { readonly id: string }, by: RunsMaker, services: S): Promise<"maker" | "run" | undefined>;
}

/** How a kind is found by its run tag alone, without a ledger. */
export interface Sweep<S> {
  /**
   * Ledger kinds that can have made it besides gameday's own creates; the look is left out for runs without one of them. Absent:
   * every run is swept for it.
   */
  readonly madeBy?: readonly string[];
  /** The service is one for all Regions: looked at once. */
  readonly global?: boolean;
  /** What exists with the run tag, in that very spelling. What AWS is already deleting is left out. */
  list(place: SweepPlace, services: S): Promise<readonly TaggedResource[]>;
}

/** Whose a resource is: the run's, somebody else's, or nobody's, because it is not there (any more). */
export type Owner = "run" | "another" | "nobody";

/** How it is seen, right before it is destroyed, that a resource is the run's. */
export type Ownership<S> =
  | {
      /** Whoever creates one for a run creates it with the run's tag. */
      readonly by: "tags";
      /** The tags that AWS shows on it now; undefined when it is not there, also not after the time that new things take to be shown. */
      tagsOf(entry: LedgerEntry & { readonly id: string }, services: S): Promise<Tags | undefined>;
    }
  | {
      /** It carries no tags: something else shows it. */
      readonly by: "proof";
      /** What is so when that does not show it; a clause. */
      readonly otherwise: string;
      ownerOf(entry: LedgerEntry & { readonly id: string }, runId: string, services: S): Promise<Owner>;
    };

/** Knows how to find, destroy and confirm gone one type of resource. `S` is what the kind gets to do that with. */
export interface ResourceKind<S> {
  readonly kind: string;
  /**
   * Whether AWS itself makes a repeated create with the same token return the first one's resource.
   * Where it does not, the engine looks with `find` before it sends a create again.
   */
  readonly idempotentCreate: boolean;
  /** What `find` looks at is no service but a file: what it does not show is not there. */
  readonly visibleAtOnce?: true;
  /** Its destruction runs programs that lie in the run's folder: cleanup asks first whether that folder is anybody's from here. */
  readonly runsPrograms?: true;
  readonly permissions: readonly Permission[];
  /** The engine asks before it calls `destroy`. */
  readonly ownership: Ownership<S>;
  /**
   * When it goes in teardown, lowest first, among neighbours of the ledger that have a tier too: they are single AWS resources, and
   * the tiers keep what hangs on another before it. Kinds without one go newest first, neighbours of the same kind together.
   */
  readonly tier?: number;
  /** Absent for what carries no tags. */
  readonly sweep?: Sweep<S>;
  /** Absent for what makes nothing by itself. */
  readonly makes?: Makes<S>;
  /** Resources of other kinds that are inside of it and are destroyed with it. Absent for what holds none. */
  holds?(entry: LedgerEntry, services: S): Promise<readonly Maker[]>;
  /** Looks by token, run tag or attributes. Undefined when there is none (any more). Must not trust `entry.id` to be set. */
  find(entry: LedgerEntry, services: S): Promise<FoundResource | undefined>;
  /** Asks for deletion and waits until it is done or has failed. Deleting what is already gone is a success. */
  destroy(entry: LedgerEntry & { readonly id: string }, services: S): Promise<void>;
  /** Looks whether it is really gone; never believes the delete call. */
  isGone(entry: LedgerEntry & { readonly id: string }, services: S): Promise<boolean>;
  /** Adds tags to what exists. Absent for what carries none. */
  tag?(entry: LedgerEntry & { readonly id: string }, tags: Tags, services: S): Promise<void>;
  /**
   * For what `destroy` had to give up because nothing tells what there is: whether all it can have made is of kinds that a sweep
   * finds, so that a sweep that went through has settled it.
   */
  settledBySweep?(entry: LedgerEntry, services: S): Promise<boolean>;
}
