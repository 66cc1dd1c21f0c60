import type { RouteTable, SecurityGroup, Subnet as SubnetShape, Vpc } from "@aws-sdk/client-ec2";
import { AwsError } from "../../service.ts";
import type { Ec2, Ec2Region } from "./ec2.ts";
import { matcher } from "./filters.ts";
import type { Ec2Handlers } from "./handlers.ts";

/** The default VPC, which is all the network there is. */
export function networkHandlers(ec2: Ec2): Ec2Handlers {
  return {
    DescribeVpcs: (input, at) => {
      const vpc = describedVpc(ec2.region(at.region), at.account);
      checkKnown(input.VpcIds, [vpc.VpcId!], (id) => ["InvalidVpcID.NotFound", `The vpc ID '${id}' does not exist`]);
      return { Vpcs: [vpc].filter((one) => matcher(input.Filters, VPC_FILTERS)(one)) };
    },
    DescribeVpcAttribute: (input, at) => {
      const { vpcId } = ec2.region(at.region).network;
      checkKnown([input.VpcId!], [vpcId], (id) => ["InvalidVpcID.NotFound", `The vpc ID '${id}' does not exist`]);
      const Value = input.Attribute !== "enableNetworkAddressUsageMetrics";
      const name = `${input.Attribute?.charAt(0).toUpperCase()}${input.Attribute?.slice(1)}`;
      return { VpcId: vpcId, [name]: { Value } };
    },
    DescribeSubnets: (input, at) => {
      const subnets = describedSubnets(ec2.region(at.region), at.account);
      checkKnown(
        input.SubnetIds,
        subnets.map(({ SubnetId }) => SubnetId!),
        (id) => ["InvalidSubnetID.NotFound", `The subnet ID '${id}' does not exist`],
      );
      const matches = matcher(input.Filters, SUBNET_FILTERS);
      return {
        Subnets: subnets.filter((one) => (input.SubnetIds ?? [one.SubnetId]).includes(one.SubnetId) && matches(one)),
      };
    },
    DescribeRouteTables: (input, at) => {
      const table = mainRouteTable(ec2.region(at.region), at.account);
      return { RouteTables: matcher(input.Filters, ROUTE_TABLE_FILTERS)(table) ? [table] : [] };
    },
    DescribeSecurityGroups: (input, at) => {
      const group = describedGroup(ec2.region(at.region), at.account);
      checkKnown(input.GroupIds, [group.GroupId!], (id) => [
        "InvalidGroup.NotFound",
        `The security group '${id}' does not exist`,
      ]);
      const named = input.GroupNames?.every((name) => name === group.GroupName) ?? true;
      return { SecurityGroups: named && matcher(input.Filters, GROUP_FILTERS)(group) ? [group] : [] };
    },
  };
}

function checkKnown(
  asked: readonly string[] | undefined,
  known: readonly string[],
  error: (id: string) => readonly [code: string, message: string],
): void {
  const unknown = asked?.find((id) => !known.includes(id));
  if (unknown !== undefined) throw new AwsError(...error(unknown));
}

function describedVpc({ network }: Ec2Region, account: string): Vpc {
  return {
    VpcId: network.vpcId,
    OwnerId: account,
    IsDefault: true,
    State: "available",
    CidrBlock: "172.31.0.0/16",
    CidrBlockAssociationSet: [
      {
        AssociationId: network.vpcId.replace("vpc-", "vpc-cidr-assoc-"),
        CidrBlock: "172.31.0.0/16",
        CidrBlockState: { State: "associated" },
      },
    ],
    DhcpOptionsId: network.vpcId.replace("vpc-", "dopt-"),
    InstanceTenancy: "default",
    Tags: [],
  };
}

const VPC_FILTERS = {
  "vpc-id": ({ VpcId }: Vpc) => VpcId,
  "is-default": ({ IsDefault }: Vpc) => IsDefault,
  isDefault: ({ IsDefault }: Vpc) => IsDefault,
  cidr: ({ CidrBlock }: Vpc) => CidrBlock,
  state: ({ State }: Vpc) => State,
  "owner-id": ({ OwnerId }: Vpc) => OwnerId,
};

function describedSubnets({ name, network }: Ec2Region, account: string): SubnetShape[] {
  return network.subnets.map(({ id, zone, cidr }) => ({
    SubnetId: id,
    SubnetArn: `arn:aws:ec2:${name}:${account}:subnet/${id}`,
    VpcId: network.vpcId,
    OwnerId: account,
    State: "available",
    AvailabilityZone: zone.name,
    AvailabilityZoneId: zone.id,
    CidrBlock: cidr,
    AvailableIpAddressCount: 4_091,
    DefaultForAz: true,
    MapPublicIpOnLaunch: true,
    AssignIpv6AddressOnCreation: false,
    Ipv6CidrBlockAssociationSet: [],
    Tags: [],
  }));
}

const SUBNET_FILTERS = {
  "subnet-id": ({ SubnetId }: SubnetShape) => SubnetId,
  "vpc-id": ({ VpcId }: SubnetShape) => VpcId,
  "availability-zone": ({ AvailabilityZone }: SubnetShape) => AvailabilityZone,
  "availability-zone-id": ({ AvailabilityZoneId }: SubnetShape) => AvailabilityZoneId,
  "cidr-block": ({ CidrBlock }: SubnetShape) => CidrBlock,
  "default-for-az": ({ DefaultForAz }: SubnetShape) => DefaultForAz,
  defaultForAz: ({ DefaultForAz }: SubnetShape) => DefaultForAz,
  state: ({ State }: SubnetShape) => State,
};

function mainRouteTable({ network }: Ec2Region, account: string): RouteTable {
  const { routeTableId: RouteTableId, vpcId: VpcId } = network;
  return {
    RouteTableId,
    VpcId,
    OwnerId: account,
    Associations: [
      {
        Main: true,
        RouteTableId,
        RouteTableAssociationId: RouteTableId.replace("rtb-", "rtbassoc-"),
        AssociationState: { State: "associated" },
      },
    ],
    Routes: [
      { DestinationCidrBlock: "172.31.0.0/16", GatewayId: "local", Origin: "CreateRouteTable", State: "active" },
    ],
    PropagatingVgws: [],
    Tags: [],
  };
}

const ROUTE_TABLE_FILTERS = {
  "association.main": () => true,
  "route-table-id": ({ RouteTableId }: RouteTable) => RouteTableId,
  "vpc-id": ({ VpcId }: RouteTable) => VpcId,
};

function describedGroup({ network }: Ec2Region, account: string): SecurityGroup {
  return {
    GroupId: network.securityGroupId,
    GroupName: "default",
    Description: "default VPC security group",
    VpcId: network.vpcId,
    OwnerId: account,
    IpPermissions: [],
    IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
    Tags: [],
  };
}

const GROUP_FILTERS = {
  "group-id": ({ GroupId }: SecurityGroup) => GroupId,
  "group-name": ({ GroupName }: SecurityGroup) => GroupName,
  "vpc-id": ({ VpcId }: SecurityGroup) => VpcId,
  "owner-id": ({ OwnerId }: SecurityGroup) => OwnerId,
};
