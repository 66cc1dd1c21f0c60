import type * as Client from "@aws-sdk/client-ec2";
import { defineService, type InventoryItem, type SandboxService } from "../../gateway/sandbox-service.ts";
import { ec2Query } from "../../protocols/query.ts";
import { accountHandlers } from "./account-handlers.ts";
import type { Ec2 } from "./ec2.ts";
import { asEc2Answers } from "./handlers.ts";
import { instanceHandlers } from "./instance-handlers.ts";
import type { Resource } from "./model.ts";
import { networkHandlers } from "./network-handlers.ts";
import { placeHandlers } from "./place-handlers.ts";
import { snapshotHandlers } from "./snapshot-handlers.ts";
import { tagHandlers } from "./tag-handlers.ts";
import { volumeHandlers } from "./volume-handlers.ts";

/** EC2 with what a drill on EBS volumes touches. */
export function ec2Service(ec2: Ec2): SandboxService<object> {
  return defineService<typeof Client>({
    name: "ec2",
    signingNames: ["ec2"],
    protocols: [ec2Query("http://ec2.amazonaws.com/doc/2016-11-15/")],
    loadSchemas: () => import("@aws-sdk/client-ec2"),
    handlers: asEc2Answers({
      ...volumeHandlers(ec2),
      ...snapshotHandlers(ec2),
      ...instanceHandlers(ec2),
      ...tagHandlers(ec2),
      ...placeHandlers(ec2),
      ...networkHandlers(ec2),
      ...accountHandlers(ec2),
    }),
    inventory: () => [...inventory(ec2)],
  });
}

/** What exists and costs money; terminated instances do not. */
function* inventory(ec2: Ec2): Generator<InventoryItem> {
  for (const { name, volumes, snapshots, instances } of ec2.regions) {
    const live = [...instances].filter(({ state }) => state !== "terminated");
    for (const volume of volumes) yield item(name, "ec2.volume", volume);
    for (const snapshot of snapshots) yield item(name, "ec2.snapshot", snapshot);
    for (const instance of live) yield item(name, "ec2.instance", instance);
  }
}

function item(region: string, type: string, { id, state, tags }: Resource): InventoryItem {
  return { region, type, id, state, tags: Object.fromEntries(tags) };
}
