import type { ResourceKind } from "../engine/resource-kind.ts";
import { TOKEN_TAG } from "../engine/tags.ts";
import type { DrillServices } from "../steps/services.ts";
import { lookAtInstance } from "./look.ts";
import { sendDeletion } from "./send-deletion.ts";
import { allPages, expiryTagging, page, runTagFilter, tagged, tagOnEc2 } from "./run-tags.ts";

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

  tag: tagOnEc2,
  sweep: {
    async list(place, { aws }) {
      const ec2 = await aws.ec2(place.region);
      const reservations = await allPages(
        (token) => ec2.describeInstances({ Filters: [runTagFilter(place)], ...page(token) }),
        { items: ({ Reservations }) => Reservations, next: ({ NextToken }) => NextToken },
      );
      const alive = reservations
        .flatMap((reservation) => reservation.Instances ?? [])
        .filter(({ State }) => !ENDING.has(State?.Name));
      return tagged(place, alive, ({ InstanceId, Tags, LaunchTime }) => ({ id: InstanceId, Tags, at: LaunchTime }));
    },
  },

  async find(entry, { aws }) {
    const ec2 = await aws.ec2(entry.region);
    const { Reservations = [] } = await ec2.describeInstances({
      Filters: [{ Name: `tag:${TOKEN_TAG}`, Values: [entry.token] }],
      MaxResults: 10,
    });
    const instances = Reservations.flatMap((reservation) => reservation.Instances ?? []);
    const found = instances.find(({ State }) => !ENDING.has(State?.Name));
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
