import type { BlockDeviceMapping, RunInstancesRequest } from "@aws-sdk/client-ec2";
import { AwsError } from "../../service.ts";
import type { Ec2, Ec2Region } from "./ec2.ts";
import { findImage, ROOT_DEVICE, ROOT_GIB } from "./images.ts";
import { instanceType } from "./instance-types.ts";
import type { Subnet } from "./network.ts";

/** What RunInstances asks for, checked. */
export interface InstanceSpec {
  readonly imageId: string;
  readonly instanceType: string;
  readonly subnet: Subnet;
  readonly profile: { readonly arn: string; readonly id: string } | undefined;
  readonly securityGroupIds: readonly string[];
  readonly count: number;
  /** The root volume's first. */
  readonly devices: readonly BlockDeviceMapping[];
}

export function instanceSpec(ec2: Ec2, region: Ec2Region, input: RunInstancesRequest): InstanceSpec {
  const [networkInterface] = input.NetworkInterfaces ?? [];
  return {
    imageId: findImage(region.name, input.ImageId),
    instanceType: instanceType(input.InstanceType),
    subnet: subnet(
      region,
      networkInterface?.SubnetId ?? input.SubnetId,
      input.Placement?.AvailabilityZone || undefined,
    ),
    profile: profile(ec2, input),
    securityGroupIds: securityGroups(region, networkInterface?.Groups ?? input.SecurityGroupIds),
    count: count(input),
    devices: devices(input.BlockDeviceMappings ?? []),
  };
}

/** The subnet asked for, else the default subnet of the zone asked for, else that of any zone. */
export function subnet(region: Ec2Region, id: string | undefined, zone: string | undefined): Subnet {
  const { subnets } = region.network;
  if (id !== undefined) {
    const found = subnets.find((candidate) => candidate.id === id);
    if (!found) throw new AwsError("InvalidSubnetID.NotFound", `The subnet ID '${id}' does not exist`);
    if (zone === undefined || found.zone.name === zone) return found;
    throw new AwsError(
      "InvalidParameterValue",
      `Value (${zone}) for parameter availabilityZone is invalid. Subnet '${id}' is in the availability zone ${found.zone.name}`,
    );
  }
  const found = zone === undefined ? subnets[0] : subnets.find((candidate) => candidate.zone.name === zone);
  if (found) return found;
  throw new AwsError("InvalidParameterValue", `Value (${zone}) for parameter availabilityZone is invalid.`);
}

function profile(ec2: Ec2, { IamInstanceProfile: asked }: RunInstancesRequest) {
  const name = asked?.Arn ?? asked?.Name;
  if (name === undefined) return undefined;
  const found = ec2.profile(name);
  if (found) return found;
  const which = asked?.Arn === undefined ? ["name", "Name"] : ["arn", "ARN"];
  throw new AwsError(
    "InvalidParameterValue",
    `Value (${name}) for parameter iamInstanceProfile.${which[0]} is invalid. Invalid IAM Instance Profile ${which[1]}`,
  );
}

function securityGroups(region: Ec2Region, asked: readonly string[] | undefined): readonly string[] {
  const { securityGroupId } = region.network;
  const unknown = asked?.find((id) => id !== securityGroupId);
  if (unknown === undefined) return [securityGroupId];
  throw new AwsError("InvalidGroup.NotFound", `The security group '${unknown}' does not exist`);
}

function count({ MinCount: least = 1, MaxCount: most = 1 }: RunInstancesRequest): number {
  if (least >= 1 && most >= least && most <= 20) return most;
  throw new AwsError("InvalidParameterValue", `Invalid value '${least}..${most}' for MinCount and MaxCount.`);
}

function devices(asked: readonly BlockDeviceMapping[]): BlockDeviceMapping[] {
  const root = asked.find(({ DeviceName }) => DeviceName === ROOT_DEVICE);
  const others = asked.filter((mapping) => mapping !== root && mapping.Ebs && mapping.NoDevice === undefined);
  const size = root?.Ebs?.VolumeSize ?? ROOT_GIB;
  if (size < ROOT_GIB) {
    throw new AwsError(
      "InvalidBlockDeviceMapping",
      `Volume of size ${size}GB is smaller than the image's snapshot, expect size >= ${ROOT_GIB}GB`,
    );
  }
  return [{ DeviceName: ROOT_DEVICE, Ebs: { VolumeType: "gp3", ...root?.Ebs, VolumeSize: size } }, ...others];
}
