import type { LedgerEntry } from "../../engine/resource-kind.ts";

/** Something that a run has left, as `gameday cleanup` lists it. */
export interface Leftover {
  readonly runId: string;
  /** The drill's name, where the ledger or a tag tells it. */
  readonly drill: string;
  readonly entry: LedgerEntry;
  /** Epoch milliseconds: of the resource where AWS tells it, else of its run. */
  readonly since: number;
  /** ISO instant until which it is kept on purpose. */
  readonly expires?: string;
  /** ISO instant until which its run may go on, as a tag on it tells. */
  readonly deadline?: string;
  /** Absent when it may be deleted. */
  readonly stays?: Stay;
}

/** Why cleanup leaves something alone. */
export interface Stay {
  readonly why: string;
  /** Nobody takes care of it: it counts as remaining. */
  readonly remains: boolean;
}

/** The name of a resource in its account. */
export function placeOf({ kind, region, id, token }: LedgerEntry): string {
  return `${kind} ${region} ${id ?? token}`;
}
