import type { Filter, Instance, InstanceStatus } from "@aws-sdk/client-ec2";
import type { Seen, WatchKind } from "../watch.ts";
import { describeNamed } from "./named.ts";
import { allPages, isoOf, manyById, pageAt, type Look } from "./look.ts";

/** Instances that pass the filters, every page of them. Terminated ones stay visible for an hour. */
export async function instancesWith(
  { aws, region }: Pick<Look, "aws" | "region">,
  filters: readonly Filter[],
): Promise<Instance[]> {
  const ec2 = await aws.ec2(region);
  const reservations = await allPages((token) => ec2.describeInstances({ Filters: [...filters], ...pageAt(token) }), {
    items: ({ Reservations }) => Reservations,
    next: ({ NextToken }) => NextToken,
  });
  return reservations.flatMap(({ Instances = [] }) => Instances);
}

export function instanceKind(look: Look): WatchKind<Instance> {
  return {
    async describe(ids) {
      const find = (filters: readonly Filter[]) => instancesWith(look, filters);
      const found = await manyById(look, { ids, filter: "instance-id", find, idOf: (one) => one.InstanceId });
      return new Map(found.map((instance) => [instance.InstanceId ?? "", seenInstance(instance)]));
    },
  };
}

function seenInstance(instance: Instance): Seen<Instance> {
  const serviceAt = isoOf(instance.LaunchTime);
  return {
    seen: instance,
    state: instance.State?.Name ?? "unknown",
    ...(serviceAt === undefined ? {} : { serviceAt }),
  };
}

export function instanceStatusKind(look: Look): WatchKind<InstanceStatus> {
  return {
    async describe(ids) {
      const ec2 = await look.aws.ec2(look.region);
      const items = await describeNamed(
        ids,
        async (some) =>
          (await ec2.describeInstanceStatus({ InstanceIds: some, IncludeAllInstances: true })).InstanceStatuses,
      );
      return new Map(items.map((item) => [item.InstanceId ?? "", seenStatus(item)]));
    },
  };
}

function seenStatus(item: InstanceStatus): Seen<InstanceStatus> {
  const [system, instance] = [item.SystemStatus?.Status ?? "unknown", item.InstanceStatus?.Status ?? "unknown"];
  return { seen: item, state: system === instance ? system : `system ${system}, instance ${instance}` };
}
