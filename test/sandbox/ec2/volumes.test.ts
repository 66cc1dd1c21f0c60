import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CreateVolumeCommandInput, EC2 } from "@aws-sdk/client-ec2";
import { handDriven, MINUTE, refusal, SECOND, type HandDriven } from "../hand-driven.ts";

let aws: HandDriven;
let ec2: EC2;

beforeAll(async () => {
  aws = await handDriven({ throttling: false });
  ec2 = aws.ec2("us-west-2");
});
afterAll(() => aws.close());

const stateOf = async (id: string) => (await ec2.describeVolumes({ VolumeIds: [id] })).Volumes?.[0]?.State;

describe("a volume's life", () => {
  it("goes from creating to available to deleting to unknown, each at its own instant", async () => {
    const {
      VolumeId: id = "",
      State,
      CreateTime,
    } = await ec2.createVolume({ AvailabilityZone: "us-west-2a", Size: 4 });
    expect(State).toBe("creating");
    expect(await stateOf(id)).toBe("creating");
    await aws.pass(MINUTE);
    expect(await stateOf(id)).toBe("available");
    await ec2.deleteVolume({ VolumeId: id });
    expect(await stateOf(id)).toBe("deleting");
    await aws.pass(MINUTE);
    expect(await refusal(ec2.describeVolumes({ VolumeIds: [id] }))).toBe(
      `InvalidVolume.NotFound: The volume '${id}' does not exist.`,
    );
    expect(aws.history("ec2.volume", id)).toEqual(["creating", "available", "deleting", "deleted"]);
    const available = aws.sandbox.world.log.find((entry) => entry.id === id && entry.state === "available")!;
    const took = available.at - CreateTime!.getTime();
    expect(took).toBeGreaterThan(SECOND);
    expect(took).toBeLessThan(10 * SECOND);
  });

  it("is gp2 unless told otherwise, and has the defaults of its type", async () => {
    const of = async (type: object) => {
      const { VolumeType, Iops, Throughput } = await ec2.createVolume({
        AvailabilityZone: "us-west-2a",
        Size: 200,
        ...type,
      });
      return [VolumeType, Iops, Throughput];
    };
    expect(await of({})).toEqual(["gp2", 600, undefined]);
    expect(await of({ VolumeType: "gp3" })).toEqual(["gp3", 3_000, 125]);
    expect(await of({ VolumeType: "io2", Iops: 1_000 })).toEqual(["io2", 1_000, undefined]);
    expect(await of({ VolumeType: "st1" })).toEqual(["st1", undefined, undefined]);
  });

  it.each<[Partial<CreateVolumeCommandInput>, string]>([
    [{}, "MissingParameter"],
    [{ Size: 0 }, "InvalidParameterValue"],
    [{ Size: 20_000 }, "InvalidParameterValue"],
    [{ Size: 1, AvailabilityZone: "us-east-1a" }, "InvalidZone.NotFound"],
    [{ Size: 1, AvailabilityZoneId: "usw2-az1" }, "InvalidParameterCombination"],
    [{ Size: 1, Iops: 3_000 }, "InvalidParameterCombination"],
    [{ Size: 1, Throughput: 200 }, "InvalidParameterCombination"],
    [{ Size: 8, VolumeType: "gp3", Iops: 9_000 }, "InvalidParameterValue"],
    [{ Size: 8, VolumeType: "gp3", Throughput: 1_000 }, "InvalidParameterValue"],
    [{ Size: 8, VolumeType: "io1" }, "MissingParameter"],
    [{ Size: 8, VolumeType: "gp9" as "gp3" }, "UnknownVolumeType"],
    [{ Size: 8, VolumeInitializationRate: 100 }, "InvalidParameterCombination"],
    [{ Size: 8, KmsKeyId: "alias/aws/ebs" }, "InvalidParameterDependency"],
    [{ Size: 8, SnapshotId: "snap-0123456789abcdef0" }, "InvalidSnapshot.NotFound"],
    [{ Size: 8, DryRun: true }, "DryRunOperation"],
  ])("is refused: %j → %s", async (input, code) => {
    expect(await refusal(ec2.createVolume({ AvailabilityZone: "us-west-2a", ...input }))).toMatch(`${code}: `);
  });

  it("is placed by zone id as well", async () => {
    const { AvailabilityZone, AvailabilityZoneId } = await ec2.createVolume({
      AvailabilityZoneId: "usw2-az2",
      Size: 1,
    });
    const { AvailabilityZones } = await ec2.describeAvailabilityZones({ ZoneIds: ["usw2-az2"] });
    expect(AvailabilityZoneId).toBe("usw2-az2");
    expect(AvailabilityZones?.map(({ ZoneName }) => ZoneName)).toEqual([AvailabilityZone]);
  });

  it("is made once for a client token", async () => {
    const input = { AvailabilityZone: "us-west-2a", Size: 3, ClientToken: "t-1" };
    const [first, second] = [await ec2.createVolume(input), await ec2.createVolume(input)];
    expect(second.VolumeId).toBe(first.VolumeId);
    expect(await refusal(ec2.createVolume({ ...input, Size: 4 }))).toMatch("IdempotentParameterMismatch: ");
  });

  it("is known in its Region only", async () => {
    const { VolumeId = "" } = await ec2.createVolume({ AvailabilityZone: "us-west-2a", Size: 1 });
    const elsewhere = aws.ec2("us-east-1");
    expect(await refusal(elsewhere.describeVolumes({ VolumeIds: [VolumeId] }))).toMatch("InvalidVolume.NotFound: ");
    expect(await refusal(elsewhere.describeVolumes({ VolumeIds: ["vol-x"] }))).toMatch("InvalidVolumeID.Malformed: ");
  });
});

describe("encryption", () => {
  it("follows the Region's default", async () => {
    const region = aws.ec2("eu-west-1");
    await region.enableEbsEncryptionByDefault({});
    const { Encrypted, KmsKeyId } = await region.createVolume({ AvailabilityZone: "eu-west-1a", Size: 1 });
    expect(Encrypted).toBe(true);
    expect(KmsKeyId).toMatch(/^arn:aws:kms:eu-west-1:\d{12}:key\//);
    expect((await region.getEbsDefaultKmsKeyId({})).KmsKeyId).toBe("alias/aws/ebs");
  });

  it("lets a volume with an unusable key vanish, and says why only in the log", async () => {
    const { VolumeId: id = "" } = await ec2.createVolume({
      AvailabilityZone: "us-west-2a",
      Size: 1,
      Encrypted: true,
      KmsKeyId: "00000000-1111-2222-3333-444444444444",
    });
    expect(await stateOf(id)).toBe("creating");
    await aws.pass(MINUTE);
    expect(await refusal(stateOf(id))).toMatch("InvalidVolume.NotFound: ");
    expect(aws.history("ec2.volume", id)).toEqual(["creating", "deleted"]);
  });
});

describe("describing", () => {
  it("filters and pages", async () => {
    const region = aws.ec2("ap-south-1");
    const make = (Value: string) =>
      region.createVolume({
        AvailabilityZone: "ap-south-1a",
        Size: 1,
        TagSpecifications: [{ ResourceType: "volume", Tags: [{ Key: "n", Value }] }],
      });
    const made = [];
    for (let n = 0; n < 13; n++) made.push((await make(`v${n}`)).VolumeId);
    const pages = [];
    for (let NextToken: string | undefined; ;) {
      const answer = await region.describeVolumes({
        MaxResults: 5,
        NextToken,
        Filters: [{ Name: "tag:n", Values: ["v*"] }],
      });
      pages.push(answer.Volumes!.map(({ VolumeId }) => VolumeId));
      if (pages.length === 1) {
        await aws.pass(MINUTE);
        await region.deleteVolume({ VolumeId: made[1]! });
        await aws.pass(MINUTE);
      }
      if (!(NextToken = answer.NextToken)) break;
    }
    expect(pages.map(({ length }) => length)).toEqual([5, 5, 3]);
    expect(pages.flat()).toEqual(made);
    const named = await region.describeVolumes({
      Filters: [
        { Name: "tag:n", Values: ["v1?", "v3"] },
        { Name: "size", Values: ["1"] },
      ],
    });
    expect(named.Volumes!.map(({ Tags }) => Tags![0]!.Value)).toEqual(["v3", "v10", "v11", "v12"]);
    expect(await refusal(region.describeVolumes({ MaxResults: 5, VolumeIds: [made[0]!] }))).toMatch(
      "InvalidParameterCombination: ",
    );
    expect(await refusal(region.describeVolumes({ MaxResults: 1 }))).toMatch("InvalidParameterValue: ");
    expect(await refusal(region.describeVolumes({ Filters: [{ Name: "colour", Values: ["x"] }] }))).toMatch(
      "InvalidParameterValue: The filter 'colour' is invalid",
    );
    expect(await refusal(region.describeVolumes({ NextToken: "nonsense" }))).toMatch("InvalidParameterValue: ");
  });

  it("tags, untags and lists tags", async () => {
    const { VolumeId: id = "" } = await ec2.createVolume({ AvailabilityZone: "us-west-2a", Size: 1 });
    await ec2.createTags({ Resources: [id], Tags: [{ Key: "a", Value: "1" }, { Key: "b", Value: "2" }] }); // prettier-ignore
    await ec2.deleteTags({ Resources: [id], Tags: [{ Key: "a" }, { Key: "b", Value: "other" }] });
    const { Tags } = await ec2.describeTags({ Filters: [{ Name: "resource-id", Values: [id] }] });
    expect(Tags).toEqual([{ ResourceId: id, ResourceType: "volume", Key: "b", Value: "2" }]);
    const reserved = ec2.createTags({ Resources: [id], Tags: [{ Key: "aws:x", Value: "" }] });
    expect(await refusal(reserved)).toMatch("InvalidParameterValue: ");
    expect(await refusal(ec2.createTags({ Resources: ["vol-0123456789abcdef0"], Tags: [{ Key: "a" }] }))).toMatch(
      "InvalidVolume.NotFound",
    );
  });
});
