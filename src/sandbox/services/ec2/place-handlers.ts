import type { AvailabilityZone, InstanceTypeOffering, LocationType } from "@aws-sdk/client-ec2";
import { optInStatusOf, regionsBeside, type Region } from "../../regions.ts";
import { partitionOf } from "../../../regions/partitions.ts";
import { AwsError } from "../../service.ts";
import type { Ec2, Ec2Region } from "./ec2.ts";
import { matcher } from "./filters.ts";
import type { Ec2Handlers } from "./handlers.ts";
import { describedImage } from "./images.ts";
import { INSTANCE_TYPES } from "./instance-types.ts";

/** Where things can be: Regions, zones, and what can be launched there. */
export function placeHandlers(ec2: Ec2): Ec2Handlers {
  return {
    DescribeRegions: (input, at) => {
      const matches = matcher(input.Filters, REGION_FILTERS);
      const seen = regionsBeside(at.region).map((region) => ({
        ...region,
        optInStatus: optInStatusOf(region, ec2.world.optedIn),
      }));
      const known = seen.filter(
        ({ name, optInStatus }) =>
          (input.RegionNames ?? [name]).includes(name) && (input.AllRegions === true || optInStatus !== "not-opted-in"),
      );
      const unknown = input.RegionNames?.find((name) => !seen.some((region) => region.name === name));
      if (unknown !== undefined) throw new AwsError("InvalidParameterValue", `Invalid region provided: ${unknown}`);
      return { Regions: known.filter((region) => matches(region)).map(describedRegion) };
    },
    DescribeAvailabilityZones: (input, at) => {
      const region = ec2.region(at.region);
      const matches = matcher(input.Filters, ZONE_FILTERS);
      const wanted = [...(input.ZoneNames ?? []), ...(input.ZoneIds ?? [])];
      const unknown = wanted.find((asked) => !region.zones.some(({ name, id }) => asked === name || asked === id));
      if (unknown !== undefined) throw new AwsError("InvalidParameterValue", `Invalid availability zone: [${unknown}]`);
      const zones = zonesIn(region).filter(
        (zone) => wanted.length === 0 || wanted.includes(zone.ZoneName!) || wanted.includes(zone.ZoneId!),
      );
      return { AvailabilityZones: zones.filter((zone) => matches(zone)) };
    },
    DescribeImages: (input, at) => {
      const image = describedImage(at.region);
      const unknown = input.ImageIds?.find((id) => id !== image.ImageId);
      if (unknown !== undefined) {
        throw new AwsError("InvalidAMIID.NotFound", `The image id '[${unknown}]' does not exist`);
      }
      const owners = input.Owners ?? ["amazon"];
      const owned = owners.includes("amazon") || owners.includes(image.OwnerId!);
      return { Images: owned && matcher(input.Filters, IMAGE_FILTERS)(image) ? [image] : [] };
    },
    DescribeInstanceTypes: (input) => ({ InstanceTypes: instanceTypes(input.InstanceTypes) }),
    DescribeInstanceTypeOfferings: (input, at) => {
      const matches = matcher(input.Filters, OFFERING_FILTERS);
      const offerings = offeringsIn(ec2.region(at.region), input.LocationType ?? "region");
      return { InstanceTypeOfferings: offerings.filter((offering) => matches(offering)) };
    },
  };
}

function describedRegion({ name, optInStatus }: Region) {
  return { RegionName: name, Endpoint: hostIn(name), OptInStatus: optInStatus };
}

function hostIn(region: string): string {
  return `ec2.${region}.${partitionOf(region).dnsSuffixes[0]}`;
}

const REGION_FILTERS = {
  "region-name": ({ name }: Region) => name,
  endpoint: ({ name }: Region) => hostIn(name),
  "opt-in-status": ({ optInStatus }: Region) => optInStatus,
};

function zonesIn({ name, zones }: Ec2Region): AvailabilityZone[] {
  return zones.map((zone) => ({
    ZoneName: zone.name,
    ZoneId: zone.id,
    RegionName: name,
    GroupName: `${name}-zg-1`,
    NetworkBorderGroup: name,
    ZoneType: "availability-zone",
    State: "available",
    OptInStatus: "opt-in-not-required",
    Messages: [],
  }));
}

const ZONE_FILTERS = {
  "zone-name": ({ ZoneName }: AvailabilityZone) => ZoneName,
  "zone-id": ({ ZoneId }: AvailabilityZone) => ZoneId,
  "zone-type": ({ ZoneType }: AvailabilityZone) => ZoneType,
  state: ({ State }: AvailabilityZone) => State,
  "region-name": ({ RegionName }: AvailabilityZone) => RegionName,
  "opt-in-status": ({ OptInStatus }: AvailabilityZone) => OptInStatus,
  "group-name": ({ GroupName }: AvailabilityZone) => GroupName,
};

type DescribedImage = ReturnType<typeof describedImage>;

const IMAGE_FILTERS = {
  architecture: ({ Architecture }: DescribedImage) => Architecture,
  "image-id": ({ ImageId }: DescribedImage) => ImageId,
  "is-public": ({ Public }: DescribedImage) => Public,
  name: ({ Name }: DescribedImage) => Name,
  "owner-alias": ({ ImageOwnerAlias }: DescribedImage) => ImageOwnerAlias,
  "owner-id": ({ OwnerId }: DescribedImage) => OwnerId,
  "root-device-type": ({ RootDeviceType }: DescribedImage) => RootDeviceType,
  state: ({ State }: DescribedImage) => State,
  "virtualization-type": ({ VirtualizationType }: DescribedImage) => VirtualizationType,
};

function instanceTypes(asked: readonly string[] | undefined) {
  const unknown = asked?.find((name) => !INSTANCE_TYPES.has(name));
  if (unknown !== undefined) {
    throw new AwsError("InvalidInstanceType", `The following supplied instance types do not exist: [${unknown}]`);
  }
  return [...INSTANCE_TYPES]
    .filter(([name]) => !asked?.length || asked.includes(name))
    .map(([name, { vcpus, memoryMib }]) => ({
      InstanceType: name as "t3.micro",
      CurrentGeneration: true,
      BareMetal: false,
      Hypervisor: "nitro" as const,
      BurstablePerformanceSupported: name.startsWith("t"),
      InstanceStorageSupported: false,
      SupportedRootDeviceTypes: ["ebs" as const],
      SupportedVirtualizationTypes: ["hvm" as const],
      ProcessorInfo: { SupportedArchitectures: ["x86_64" as const] },
      VCpuInfo: { DefaultVCpus: vcpus, DefaultCores: 1, DefaultThreadsPerCore: vcpus },
      MemoryInfo: { SizeInMiB: memoryMib },
      EbsInfo: {
        EbsOptimizedSupport: "default" as const,
        EncryptionSupport: "supported" as const,
        NvmeSupport: "required" as const,
      },
    }));
}

function offeringsIn({ name, zones }: Ec2Region, LocationType: LocationType): InstanceTypeOffering[] {
  const places =
    LocationType === "region"
      ? [name]
      : zones.map((zone) => (LocationType === "availability-zone-id" ? zone.id : zone.name));
  return [...INSTANCE_TYPES.keys()].flatMap((type) =>
    places.map((Location) => ({ InstanceType: type as "t3.micro", LocationType, Location })),
  );
}

const OFFERING_FILTERS = {
  "instance-type": ({ InstanceType }: InstanceTypeOffering) => InstanceType,
  location: ({ Location }: InstanceTypeOffering) => Location,
};
