import type { ResourceKind } from "../engine/resource-kind.ts";
import type { DrillServices } from "../steps/services.ts";
import { attachment } from "./attachment.ts";
import { instance } from "./instance.ts";
import { snapshot } from "./snapshot.ts";
import { terraformStack } from "./terraform-stack.ts";
import { volume } from "./volume.ts";

const KINDS: readonly ResourceKind<DrillServices>[] = [
  attachment,
  instance,
  snapshot,
  terraformStack,
  volume,
  // One line for each further kind.
];

/** Everything gameday can destroy, by the name the ledger has for it. */
export const RESOURCE_KINDS: ReadonlyMap<string, ResourceKind<DrillServices>> = byKind(KINDS);

function byKind(kinds: readonly ResourceKind<DrillServices>[]): ReadonlyMap<string, ResourceKind<DrillServices>> {
  const map = new Map<string, ResourceKind<DrillServices>>();
  for (const kind of kinds) {
    if (map.has(kind.kind)) throw new Error(`two resource kinds are called ${kind.kind}`);
    map.set(kind.kind, kind);
  }
  return map;
}
