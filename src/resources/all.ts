import type { ResourceKind } from "../engine/resource-kind.ts";
import type { DrillServices } from "../steps/services.ts";
import { attachment } from "./attachment.ts";
import { instance } from "./instance.ts";
import { key } from "./key.ts";
import { lifecyclePolicy } from "./lifecycle-policy.ts";
import { role } from "./role.ts";
import { snapshot } from "./snapshot.ts";
import { terraformStack } from "./terraform-stack.ts";
import { volume } from "./volume.ts";

/** In the order in which a sweep looks: what could make more comes before what it would make. */
const KINDS: readonly ResourceKind<DrillServices>[] = [
  attachment,
  instance,
  volume,
  lifecyclePolicy,
  snapshot,
  role,
  key,
  terraformStack,
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
