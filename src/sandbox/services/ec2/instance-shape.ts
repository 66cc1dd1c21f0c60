import type { Instance as InstanceShape, InstanceState, InstanceStatus, Reservation } from "@aws-sdk/client-ec2";
import { isoInstant } from "../../../time/clock.ts";
import { volumesOf } from "./attachment-life.ts";
import type { Ec2Region } from "./ec2.ts";
import type { FilterTable } from "./filters.ts";
import { ROOT_DEVICE } from "./images.ts";
import { INSTANCE_TYPES } from "./instance-types.ts";
import { INSTANCE_STATE_CODES, type Instance } from "./model.ts";
import { tagList } from "./tags.ts";

export function instanceState(state: Instance["state"]): InstanceState {
  return { Code: INSTANCE_STATE_CODES[state], Name: state };
}

/** Instances as DescribeInstances groups them: by the launch that made them. */
export function reservations(region: Ec2Region, instances: readonly Instance[], account: string): Reservation[] {
  const byLaunch = new Map<string, InstanceShape[]>();
  for (const instance of instances) {
    const members = byLaunch.get(instance.reservationId) ?? [];
    byLaunch.set(instance.reservationId, [...members, describedInstance(region, instance, account)]);
  }
  return Array.from(byLaunch, ([ReservationId, Instances]) => ({
    ReservationId,
    OwnerId: account,
    Groups: [],
    Instances,
  }));
}

export function describedInstance(region: Ec2Region, instance: Instance, account: string): InstanceShape {
  const gone = instance.state === "terminated";
  return {
    InstanceId: instance.id,
    ImageId: instance.imageId,
    InstanceType: instance.instanceType as NonNullable<InstanceShape["InstanceType"]>,
    State: instanceState(instance.state),
    StateTransitionReason: instance.stateReason === undefined ? "" : "User initiated",
    ...(instance.stateReason !== undefined && {
      StateReason: { Code: instance.stateReason, Message: `${instance.stateReason}: User initiated shutdown` },
    }),
    LaunchTime: new Date(instance.launchedAt),
    AmiLaunchIndex: 0,
    ClientToken: instance.clientToken ?? "",
    KeyName: instance.keyName,
    Placement: {
      AvailabilityZone: instance.zone.name,
      AvailabilityZoneId: instance.zone.id,
      GroupName: "",
      Tenancy: "default",
    },
    ...HARDWARE,
    CpuOptions: { CoreCount: 1, ThreadsPerCore: INSTANCE_TYPES.get(instance.instanceType)?.vcpus ?? 2 },
    IamInstanceProfile: instance.profile && { Arn: instance.profile.arn, Id: instance.profile.id },
    MetadataOptions: {
      State: "applied",
      HttpTokens: instance.httpTokens,
      HttpPutResponseHopLimit: 2,
      HttpEndpoint: "enabled",
      HttpProtocolIpv6: "disabled",
      InstanceMetadataTags: "disabled",
    },
    ...(gone ? {} : networking(region, instance, account)),
    BlockDeviceMappings: volumesOf(region, instance).map(({ id, attachment }) => ({
      DeviceName: attachment!.device,
      Ebs: {
        VolumeId: id,
        Status: attachment!.state === "busy" ? "attached" : attachment!.state,
        AttachTime: new Date(attachment!.attachedAt),
        DeleteOnTermination: attachment!.deleteOnTermination,
      },
    })),
    Tags: tagList(instance),
  };
}

const HARDWARE = {
  Architecture: "x86_64",
  VirtualizationType: "hvm",
  Hypervisor: "xen",
  RootDeviceType: "ebs",
  RootDeviceName: ROOT_DEVICE,
  EnaSupport: true,
  EbsOptimized: false,
  BootMode: "uefi-preferred",
  CurrentInstanceBootMode: "uefi",
  PlatformDetails: "Linux/UNIX",
  UsageOperation: "RunInstances",
  Monitoring: { State: "disabled" },
  MaintenanceOptions: { AutoRecovery: "default", RebootMigration: "default" },
  PrivateDnsNameOptions: {
    HostnameType: "ip-name",
    EnableResourceNameDnsARecord: false,
    EnableResourceNameDnsAAAARecord: false,
  },
  CapacityReservationSpecification: { CapacityReservationPreference: "open" },
  EnclaveOptions: { Enabled: false },
  HibernationOptions: { Configured: false },
} as const satisfies InstanceShape;

function networking(region: Ec2Region, instance: Instance, account: string): Partial<InstanceShape> {
  const privateDns = `ip-${instance.privateIp.replaceAll(".", "-")}.ec2.internal`;
  const groups = instance.securityGroupIds.map((GroupId) => ({ GroupId, GroupName: "default" }));
  return {
    VpcId: region.network.vpcId,
    SubnetId: instance.subnetId,
    PrivateIpAddress: instance.privateIp,
    PrivateDnsName: privateDns,
    PublicDnsName: "",
    SourceDestCheck: true,
    SecurityGroups: groups,
    NetworkInterfaces: [
      {
        NetworkInterfaceId: instance.networkInterfaceId,
        Attachment: {
          AttachmentId: instance.networkInterfaceId.replace("eni-", "eni-attach-"),
          DeviceIndex: 0,
          NetworkCardIndex: 0,
          DeleteOnTermination: true,
          Status: "attached",
          AttachTime: new Date(instance.launchedAt),
        },
        OwnerId: account,
        VpcId: region.network.vpcId,
        SubnetId: instance.subnetId,
        Status: "in-use",
        SourceDestCheck: true,
        InterfaceType: "interface",
        PrivateIpAddress: instance.privateIp,
        PrivateDnsName: privateDns,
        PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: instance.privateIp, PrivateDnsName: privateDns }],
        Groups: groups,
        Ipv6Addresses: [],
      },
    ],
  };
}

export function describedInstanceStatus(instance: Instance): InstanceStatus {
  const running = instance.state === "running";
  const status = !running ? "not-applicable" : instance.checkedAt === undefined ? "initializing" : "ok";
  const passed = status === "ok" ? ("passed" as const) : ("initializing" as const);
  const Details = running ? [{ Name: "reachability" as const, Status: passed }] : [];
  const summary = { Status: status, Details } as const;
  return {
    InstanceId: instance.id,
    AvailabilityZone: instance.zone.name,
    AvailabilityZoneId: instance.zone.id,
    InstanceState: instanceState(instance.state),
    InstanceStatus: summary,
    SystemStatus: summary,
    AttachedEbsStatus: summary,
  };
}

export function instanceFilters(region: Ec2Region): FilterTable<Instance> {
  return {
    "availability-zone": ({ zone }) => zone.name,
    "availability-zone-id": ({ zone }) => zone.id,
    "block-device-mapping.volume-id": (instance) => volumesOf(region, instance).map(({ id }) => id),
    "client-token": ({ clientToken }) => clientToken,
    "iam-instance-profile.arn": ({ profile }) => profile?.arn,
    "image-id": ({ imageId }) => imageId,
    "instance-id": ({ id }) => id,
    "instance-state-code": ({ state }) => INSTANCE_STATE_CODES[state],
    "instance-state-name": ({ state }) => state,
    "instance-type": ({ instanceType }) => instanceType,
    "launch-time": ({ launchedAt }) => isoInstant(launchedAt),
    "private-ip-address": ({ privateIp }) => privateIp,
    "reservation-id": ({ reservationId }) => reservationId,
    "root-device-name": () => ROOT_DEVICE,
    "subnet-id": ({ subnetId }) => subnetId,
    "vpc-id": () => region.network.vpcId,
  };
}
