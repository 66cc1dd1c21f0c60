import { createHash } from "node:crypto";
import type {
  ResourceCreated,
  ResourceDeleted,
  ResourceDeleting,
  ResourceIntended,
  ResourceKept,
  ResourceLeaked,
} from "./events.ts";
import { Failure } from "./failure.ts";
import type { LedgerEntry } from "./resource-kind.ts";

export type LedgerEvent =
  ResourceIntended | ResourceCreated | ResourceDeleting | ResourceDeleted | ResourceLeaked | ResourceKept;

/** Writes one event into the ledger. Events about unknown keys change nothing: the journal's order rules them out. */
export function foldLedger(ledger: Map<string, LedgerEntry>, event: LedgerEvent): void {
  if (event.type === "resource-intended") {
    const known = ledger.get(event.resource.key);
    if (!known) ledger.set(event.resource.key, { ...event.resource, state: "intended" });
    return;
  }
  const entry = ledger.get(event.key);
  if (entry) ledger.set(event.key, nextEntry(entry, event));
}

function nextEntry(entry: LedgerEntry, event: Exclude<LedgerEvent, ResourceIntended>): LedgerEntry {
  switch (event.type) {
    case "resource-created":
      return { ...entry, id: event.id, attributes: { ...entry.attributes, ...event.attributes }, state: "created" };
    case "resource-deleting":
      return { ...entry, state: "deleting" };
    case "resource-deleted":
      return { ...entry, state: "deleted" };
    case "resource-leaked":
      return { ...entry, state: "leaked", reason: event.failure.message };
    case "resource-kept":
      return { ...entry, state: "kept", keptUntil: event.until, reason: `kept on purpose until ${event.until}` };
  }
}

/** What may still exist: everything intended or created and not confirmed gone. */
export function remaining(ledger: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return ledger.filter((entry) => entry.state !== "deleted");
}

/** What of it nobody meant to stay. */
export function unintended(ledger: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return remaining(ledger).filter((entry) => entry.state !== "kept");
}

/** The name a person can look a resource up by: its id, or its token while no id is known. */
export function nameOf({ id, standsFor, token }: LedgerEntry): string {
  return id ?? (standsFor === undefined ? `(id unknown, token ${token})` : `(${standsFor})`);
}

/** The deterministic token of one logical create: 44 ASCII characters (EC2's limit is 64). */
export function createToken(runId: string, key: string): string {
  return `gameday-${createHash("sha256").update(`${runId}/${key}`).digest("hex").slice(0, 36)}`;
}

/** @throws Failure `not-of-this-run` unless the run has made the resource and not destroyed it again */
export function assertOwn(ledger: readonly LedgerEntry[], kind: string, id: string): void {
  if (ledger.some((entry) => entry.kind === kind && entry.id === id && entry.state === "created")) return;
  throw new Failure({
    code: "not-of-this-run",
    message: `this run has made no ${kind} ${id}: it is somebody else's, and is left as it is`,
    fixer: "drill author",
    next: "name what an earlier step of the drill has made: ${{ steps.<id>.… }}",
    resourceId: id,
  });
}
