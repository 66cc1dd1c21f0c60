import { instancesWith } from "../aws/watch/kinds/instances.ts";
import type { ResourceKind } from "../engine/resource-kind.ts";
import { TOKEN_TAG } from "../engine/tags.ts";
import type { DrillServices } from "../steps/services.ts";
import { lookAtInstance } from "./look.ts";
import { sendDeletion } from "./send-deletion.ts";
import { expiryTagging, runTagFilter, tagged, tagOnEc2, tagsOnEc2 } from "./run-tags.ts";

const ENDING: ReadonlySet<string | undefined> = new Set(["shutting-down", "terminated"]);

export const instance: ResourceKind<DrillServices> = {
  kind: "ec2.instance",
  idempotentCreate: true,
  tier: 2,
  permissions: [
    { actions: ["ec2:DescribeInstances"] },
    expiryTagging("arn:aws:ec2:*:{account}:instance/*"),
    {
      actions: ["ec2:TerminateInstances"],
      resources: ["arn:aws:ec2:*:{account}:instance/*"],
      tagged: "on-run-resource",
    },
  ],

  ownership: { by: "tags", tagsOf: (entry, services) => tagsOnEc2("ec2.instance", entry, services) },
  tag: tagOnEc2,
  sweep: {
    async list(place, { aws }) {
      const instances = await instancesWith({ aws, region: place.region }, [runTagFilter(place)]);
      const alive = instances.filter(({ State }) => !ENDING.has(State?.Name));
      return tagged(place, alive, ({ InstanceId, Tags, LaunchTime }) => ({ id: InstanceId, Tags, at: LaunchTime }));
    },
  },

  async find(entry, { aws }) {
    const filters = [{ Name: `tag:${TOKEN_TAG}`, Values: [entry.token] }];
    const found = (await instancesWith({ aws, region: entry.region }, filters)).find(
      ({ State }) => !ENDING.has(State?.Name),
    );
    return found?.InstanceId === undefined ? undefined : { id: found.InstanceId };
  },

  async destroy(entry, services) {
    const ec2 = await services.aws.ec2(entry.region);
    await sendDeletion(entry, services, () => ec2.terminateInstances({ InstanceIds: [entry.id] }));
    await services.watch.until({
      region: entry.region,
      kind: "ec2.instance",
      id: entry.id,
      graceMs: 0,
      judge: ({ seen }) => (seen === undefined || seen.State?.Name === "terminated" ? "done" : "wait"),
    });
  },

  async isGone(entry, services) {
    const found = await lookAtInstance(services, entry.region, entry.id);
    return found === undefined || found.State?.Name === "terminated";
  },
};
