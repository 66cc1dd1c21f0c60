import type { RunInstancesRequest } from "@aws-sdk/client-ec2";
import { AwsError, type RequestContext } from "../../service.ts";
import type { Ec2 } from "./ec2.ts";
import { matcher } from "./filters.ts";
import { required, type Ec2Handlers } from "./handlers.ts";
import { rememberToken, replayOf } from "./idempotency.ts";
import {
  describedInstance,
  describedInstanceStatus,
  instanceFilters,
  instanceState,
  reservations,
} from "./instance-shape.ts";
import { launchInstance, terminateInstance } from "./instance-life.ts";
import { instanceSpec, subnet } from "./instance-spec.ts";
import type { Instance } from "./model.ts";
import { page, refuseIdsWithPages } from "./pages.ts";
import { checkTaggable, tagsFor } from "./tags.ts";

export function instanceHandlers(ec2: Ec2): Ec2Handlers {
  return {
    RunInstances: (input, at) => {
      const region = ec2.region(at.region);
      const instances = runInstances(ec2, input, at);
      return {
        ReservationId: instances[0]!.reservationId,
        OwnerId: at.account,
        Groups: [],
        Instances: instances.map((instance) => describedInstance(region, instance, at.account)),
      };
    },
    TerminateInstances: (input, at) => {
      const region = ec2.region(at.region);
      const TerminatingInstances = region.instances
        .getAll(required(input.InstanceIds, "InstanceId"))
        .map((instance) => {
          const PreviousState = instanceState(instance.state);
          terminateInstance(ec2, region, instance, at.now);
          return { InstanceId: instance.id, PreviousState, CurrentState: instanceState(instance.state) };
        });
      return { TerminatingInstances };
    },
    DescribeInstances: (input, at) => {
      const region = ec2.region(at.region);
      refuseIdsWithPages(input.InstanceIds, input, "instancesSet");
      const matches = matcher(input.Filters, instanceFilters(region));
      const { items, NextToken } = input.InstanceIds?.length
        ? { items: region.instances.getAll(input.InstanceIds).filter(matches), NextToken: undefined }
        : page(region.instances, matches, input);
      return { Reservations: reservations(region, items, at.account), NextToken };
    },
    DescribeInstanceStatus: (input, at) => {
      const region = ec2.region(at.region);
      refuseIdsWithPages(input.InstanceIds, input, "instancesSet");
      const filtered = matcher(input.Filters, STATUS_FILTERS);
      const matches = (instance: Instance) =>
        (instance.state === "running" || input.IncludeAllInstances === true) && filtered(instance);
      const { items, NextToken } = input.InstanceIds?.length
        ? { items: region.instances.getAll(input.InstanceIds).filter(matches), NextToken: undefined }
        : page(region.instances, matches, input);
      return { InstanceStatuses: items.map(describedInstanceStatus), NextToken };
    },
    DescribeInstanceAttribute: (input, at) => {
      const instance = ec2.region(at.region).instances.get(required(input.InstanceId, "instanceId"));
      return { InstanceId: instance.id, ...attribute(instance, required(input.Attribute, "attribute")) };
    },
    GetInstanceUefiData: (input, at) => ({
      InstanceId: ec2.region(at.region).instances.get(required(input.InstanceId, "instanceId")).id,
    }),
    ModifyInstanceAttribute: (input, at) => {
      const instance = ec2.region(at.region).instances.get(required(input.InstanceId, "instanceId"));
      const { DisableApiTermination: wanted } = input;
      if (wanted === undefined)
        throw new AwsError("UnsupportedOperation", "The gameday sandbox modifies disableApiTermination only.");
      instance.disableApiTermination = wanted.Value ?? false;
      return {};
    },
    DescribeInstanceCreditSpecifications: (input, at) => ({
      InstanceCreditSpecifications: ec2
        .region(at.region)
        .instances.getAll(input.InstanceIds ?? [])
        .map(({ id }) => ({ InstanceId: id, CpuCredits: "unlimited" })),
    }),
  };
}

function runInstances(ec2: Ec2, input: RunInstancesRequest, at: RequestContext): readonly Instance[] {
  const region = ec2.region(at.region);
  const networkSubnet = input.NetworkInterfaces?.[0]?.SubnetId ?? input.SubnetId;
  const { zone } = subnet(region, networkSubnet, input.Placement?.AvailabilityZone || undefined);
  // The token counts within a zone: the same one launches again in another.
  const use = { region, scope: `RunInstances/${zone.name}`, token: input.ClientToken, input };
  const replayed = replayOf(use);
  if (replayed) return region.instances.getAll(replayed);
  checkTaggable(input.TagSpecifications, ["instance", "volume", "network-interface", "spot-instances-request"]);
  const spec = instanceSpec(ec2, region, input);
  const tags = tagsFor(input.TagSpecifications, "instance");
  const volumeTags = tagsFor(input.TagSpecifications, "volume");
  const launch = { region, spec, input, reservationId: ec2.world.newId("r-"), tags, volumeTags, now: at.now };
  const instances = Array.from({ length: spec.count }, () => launchInstance(ec2, launch));
  rememberToken(
    use,
    instances.map(({ id }) => id),
  );
  return instances;
}

const STATUS_FILTERS = {
  "availability-zone": ({ zone }: Instance) => zone.name,
  "instance-state-name": ({ state }: Instance) => state,
  "instance-status.status": (instance: Instance) => describedInstanceStatus(instance).InstanceStatus?.Status,
  "system-status.status": (instance: Instance) => describedInstanceStatus(instance).SystemStatus?.Status,
};

function attribute(instance: Instance, name: string) {
  switch (name) {
    case "disableApiTermination":
      return { DisableApiTermination: { Value: instance.disableApiTermination } };
    case "disableApiStop":
      return { DisableApiStop: { Value: false } };
    case "instanceInitiatedShutdownBehavior":
      return { InstanceInitiatedShutdownBehavior: { Value: "stop" } };
    case "userData":
      return { UserData: instance.userData === undefined ? {} : { Value: instance.userData } };
    case "instanceType":
      return { InstanceType: { Value: instance.instanceType } };
    case "groupSet":
      return { Groups: instance.securityGroupIds.map((GroupId) => ({ GroupId })) };
    default:
      throw new AwsError("UnsupportedOperation", `The gameday sandbox does not describe the attribute ${name}.`);
  }
}
