import type { EC2 } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { HOST_PROFILE } from "../../../src/sandbox/seed.ts";
import { seedInstanceProfile } from "../../../src/sandbox/seed-profile.ts";
import { handDriven, HOUR, MINUTE, refusal, SECOND, type HandDriven } from "../hand-driven.ts";

const IMAGE = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
const LAUNCH = { ImageId: IMAGE, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1 } as const;

let aws: HandDriven;
let ec2: EC2;

beforeAll(async () => {
  aws = await handDriven({ throttling: false });
  ec2 = aws.ec2("us-west-2");
  seedInstanceProfile(aws.sandbox.services.roles, HOST_PROFILE, aws.clock.now());
});
afterAll(() => aws.close());

async function launched(input: object = {}): Promise<string> {
  const { Instances } = await ec2.runInstances({ ...LAUNCH, Placement: { AvailabilityZone: "us-west-2a" }, ...input });
  await aws.pass(MINUTE);
  return Instances![0]!.InstanceId!;
}

async function available(AvailabilityZone = "us-west-2a"): Promise<string> {
  const { VolumeId } = await ec2.createVolume({ AvailabilityZone, Size: 1 });
  await aws.pass(MINUTE);
  return VolumeId!;
}

const instance = async (id: string) =>
  (await ec2.describeInstances({ InstanceIds: [id] })).Reservations![0]!.Instances![0]!;
const volume = async (id: string) => (await ec2.describeVolumes({ VolumeIds: [id] })).Volumes![0]!;
const online = async (id: string) =>
  (await aws.ssm("us-west-2").describeInstanceInformation({ Filters: [{ Key: "InstanceIds", Values: [id] }] }))
    .InstanceInformationList!;

describe("an instance's life", () => {
  it("is pending, running, checked, Online; shutting down, terminated and at last forgotten", async () => {
    const { Instances } = await ec2.runInstances({ ...LAUNCH, IamInstanceProfile: { Name: HOST_PROFILE } });
    const id = Instances![0]!.InstanceId!;
    expect(Instances![0]!.State!.Name).toBe("pending");
    await aws.pass(30 * SECOND);
    expect(await instance(id)).toMatchObject({ State: { Name: "running", Code: 16 }, RootDeviceName: "/dev/xvda" });
    expect((await ec2.describeInstanceStatus({ InstanceIds: [id] })).InstanceStatuses).toMatchObject([
      { InstanceStatus: { Status: "initializing" }, SystemStatus: { Status: "initializing" } },
    ]);
    await aws.pass(3 * MINUTE);
    expect((await ec2.describeInstanceStatus({ InstanceIds: [id] })).InstanceStatuses).toMatchObject([
      { InstanceStatus: { Status: "ok" }, SystemStatus: { Status: "ok" } },
    ]);
    expect(await online(id)).toMatchObject([{ InstanceId: id, PingStatus: "Online" }]);
    const { TerminatingInstances } = await ec2.terminateInstances({ InstanceIds: [id] });
    expect(TerminatingInstances).toMatchObject([
      { CurrentState: { Name: "shutting-down" }, PreviousState: { Name: "running" } },
    ]);
    expect(await online(id)).toEqual([]);
    await aws.pass(MINUTE);
    expect((await instance(id)).State!.Name).toBe("terminated");
    await aws.pass(2 * HOUR);
    expect(await refusal(instance(id))).toBe(`InvalidInstanceID.NotFound: The instance ID '${id}' does not exist`);
    expect(aws.history("ec2.instance", id)).toEqual(["pending", "running", "shutting-down", "terminated"]);
  });

  it("never comes Online without an instance profile", async () => {
    const id = await launched();
    await aws.pass(HOUR);
    expect(await online(id)).toEqual([]);
  });

  it("is launched once for a client token, but again in another zone", async () => {
    const launch = async (zone: string) => {
      const { Instances } = await ec2.runInstances({
        ...LAUNCH,
        ClientToken: "t",
        Placement: { AvailabilityZone: zone },
      });
      return Instances![0]!.InstanceId;
    };
    const first = await launch("us-west-2a");
    expect(await launch("us-west-2a")).toBe(first);
    expect(await launch("us-west-2b")).not.toBe(first);
  });

  it.each([
    [{ ImageId: "ami-0123456789abcdef0" }, "InvalidAMIID.NotFound"],
    [{ ImageId: "centos" }, "InvalidAMIID.Malformed"],
    [{ InstanceType: "x9.mega" as "t3.micro" }, "InvalidParameterValue"],
    [{ IamInstanceProfile: { Name: "nobody" } }, "InvalidParameterValue"],
    [{ SubnetId: "subnet-0123456789abcdef0" }, "InvalidSubnetID.NotFound"],
    [{ SecurityGroupIds: ["sg-0123456789abcdef0"] }, "InvalidGroup.NotFound"],
    [{ DryRun: true }, "DryRunOperation"],
  ])("is refused: %j → %s", async (input, code) => {
    expect(await refusal(ec2.runInstances({ ...LAUNCH, ...input }))).toMatch(`${code}: `);
  });

  it("cannot be terminated while it is protected", async () => {
    const id = await launched({ DisableApiTermination: true });
    expect(await refusal(ec2.terminateInstances({ InstanceIds: [id] }))).toMatch("OperationNotPermitted: ");
    await ec2.modifyInstanceAttribute({ InstanceId: id, DisableApiTermination: { Value: false } });
    expect(await refusal(ec2.terminateInstances({ InstanceIds: [id] }))).toBe("no error");
  });
});

describe("an attachment", () => {
  let id: string;
  beforeEach(async () => {
    id = await launched();
  });

  it("is attaching, attached and visible, detaching, gone", async () => {
    const VolumeId = await available();
    expect((await ec2.attachVolume({ VolumeId, InstanceId: id, Device: "/dev/sdf" })).State).toBe("attaching");
    expect(await volume(VolumeId)).toMatchObject({ State: "in-use", Attachments: [{ State: "attaching" }] });
    await aws.pass(10 * SECOND);
    expect(await volume(VolumeId)).toMatchObject({
      State: "in-use",
      Attachments: [{ State: "attached", Device: "/dev/sdf", InstanceId: id, DeleteOnTermination: false }],
    });
    expect((await ec2.detachVolume({ VolumeId })).State).toBe("detaching");
    await aws.pass(10 * SECOND);
    expect(await volume(VolumeId)).toMatchObject({ State: "available", Attachments: [] });
    expect(aws.history("ec2.attachment", VolumeId)).toEqual(["attaching", "attached", "detaching", "detached"]);
  });

  it("is refused as EC2 refuses it", async () => {
    const [VolumeId, elsewhere] = [await available(), await available("us-west-2b")];
    const attach = (input: object) =>
      refusal(ec2.attachVolume({ VolumeId, InstanceId: id, Device: "/dev/sdf", ...input }));
    expect(await attach({ VolumeId: elsewhere })).toMatch("InvalidVolume.ZoneMismatch: ");
    expect(await attach({ Device: "/dev/xvda" })).toMatch("InvalidParameterValue: ");
    expect(await attach({ Device: "nvme1n1" })).toMatch("InvalidParameterValue: ");
    expect(await attach({ InstanceId: "i-0123456789abcdef0" })).toMatch("InvalidInstanceID.NotFound: ");
    const creating = await ec2.createVolume({ AvailabilityZone: "us-west-2a", Size: 1 });
    expect(await attach({ VolumeId: creating.VolumeId })).toMatch("IncorrectState: ");
    expect(await attach({})).toBe("no error");
    expect(await attach({})).toMatch("VolumeInUse: ");
    expect(await refusal(ec2.deleteVolume({ VolumeId }))).toMatch("VolumeInUse: ");
    expect(await refusal(ec2.detachVolume({ VolumeId: elsewhere }))).toMatch("IncorrectState: ");
  });

  it("stays busy for as long as the host has the volume mounted", async () => {
    const VolumeId = await available();
    await ec2.attachVolume({ VolumeId, InstanceId: id, Device: "/dev/sdf" });
    await aws.pass(10 * SECOND);
    const host = aws.sandbox.services.ec2.region("us-west-2").instances.get(id).host!;
    const sh = (script: string) => host.run({ script: `cd "$INSTANCE_ROOT" && ${script}`, timeoutMs: 900_000 });
    await sh("mkfs.ext4 dev/nvme1n1 && mount dev/nvme1n1 mnt");
    await ec2.detachVolume({ VolumeId });
    await aws.pass(5 * MINUTE);
    expect((await volume(VolumeId)).Attachments).toMatchObject([{ State: "busy" }]);
    await sh("umount mnt");
    await aws.pass(MINUTE);
    expect((await volume(VolumeId)).State).toBe("available");
  });

  it("outlives its instance, whose root volume does not", async () => {
    const VolumeId = await available();
    await ec2.attachVolume({ VolumeId, InstanceId: id, Device: "/dev/sdf" });
    await aws.pass(10 * SECOND);
    const root = (await instance(id)).BlockDeviceMappings!.find(({ DeviceName }) => DeviceName === "/dev/xvda")!;
    await ec2.terminateInstances({ InstanceIds: [id] });
    await aws.pass(MINUTE);
    expect((await volume(VolumeId)).State).toBe("available");
    expect(await refusal(volume(root.Ebs!.VolumeId!))).toMatch("InvalidVolume.NotFound: ");
  });
});

describe("places", () => {
  it("are Regions, zones, a default network and an image", async () => {
    const { Regions } = await ec2.describeRegions({ AllRegions: true });
    expect(Regions).toContainEqual(expect.objectContaining({ RegionName: "ap-east-1", OptInStatus: "not-opted-in" }));
    const { AvailabilityZones } = await ec2.describeAvailabilityZones({});
    expect(AvailabilityZones!.map(({ ZoneName }) => ZoneName)).toEqual([
      "us-west-2a",
      "us-west-2b",
      "us-west-2c",
      "us-west-2d",
    ]);
    expect(new Set(AvailabilityZones!.map(({ ZoneId }) => ZoneId)).size).toBe(4);
    const { Vpcs } = await ec2.describeVpcs({ Filters: [{ Name: "is-default", Values: ["true"] }] });
    const { Subnets } = await ec2.describeSubnets({ Filters: [{ Name: "vpc-id", Values: [Vpcs![0]!.VpcId!] }] });
    expect(Subnets).toHaveLength(4);
    const { Images } = await ec2.describeImages({
      Owners: ["amazon"],
      Filters: [{ Name: "name", Values: ["al2023-ami-2023.*-x86_64"] }],
    });
    const { Parameter } = await aws.ssm("us-west-2").getParameter({ Name: IMAGE.slice("resolve:ssm:".length) });
    expect(Images!.map(({ ImageId }) => ImageId)).toEqual([Parameter!.Value]);
  });
});
