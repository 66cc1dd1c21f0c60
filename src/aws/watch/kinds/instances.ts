import type { Instance, InstanceStatus } from "@aws-sdk/client-ec2";
import type { Seen, WatchKind } from "../watch.ts";
import { describeNamed } from "./named.ts";
import { allPages, chunks, isoOf, PAGE_SIZE, VALUES_PER_FILTER, type Look } from "./look.ts";

export function instanceKind(look: Look): WatchKind<Instance> {
  return {
    async describe(ids) {
      const ec2 = await look.aws.ec2(look.region);
      const found = new Map<string, Seen<Instance>>();
      for (const values of chunks(ids, VALUES_PER_FILTER)) {
        const reservations = await allPages(
          (token) =>
            ec2.describeInstances({
              Filters: [{ Name: "instance-id", Values: values }],
              MaxResults: PAGE_SIZE,
              ...(token === undefined ? {} : { NextToken: token }),
            }),
          { items: (page) => page.Reservations, next: (page) => page.NextToken },
        );
        for (const instance of reservations.flatMap((reservation) => reservation.Instances ?? [])) {
          found.set(instance.InstanceId ?? "", seenInstance(instance));
        }
      }
      return found;
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
