import { EC2 } from "@aws-sdk/client-ec2";
import { KMS } from "@aws-sdk/client-kms";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Failure } from "../../src/engine/failure.ts";
import type { JsonObject, LedgerEntry } from "../../src/engine/resource-kind.ts";
import { RUN_TAG, TOKEN_TAG } from "../../src/engine/tags.ts";
import { RESOURCE_KINDS } from "../../src/resources/all.ts";
import type { Fault } from "../../src/sandbox/gateway/call.ts";
import { AwsError } from "../../src/sandbox/service.ts";
import type { DrillServices } from "../../src/steps/services.ts";
import { startAwsRig, type AwsRig } from "../aws/aws-rig.ts";
import { clientSettings } from "../sandbox/client-settings.ts";

const region = "us-west-2";
let rig: AwsRig;
let ec2: EC2;
let fault: ((operation: string) => Fault | undefined) | undefined;

beforeAll(async () => {
  rig = await startAwsRig({ interceptors: [(call) => fault?.(call.operation)] });
  ec2 = new EC2(clientSettings(rig.sandbox, region));
});
afterEach(() => {
  fault = undefined;
});
afterAll(async () => {
  ec2.destroy();
  await rig.close();
});

function services(): DrillServices {
  const scope = rig.scope();
  return { scope, aws: scope.aws, watch: scope.watch } as unknown as DrillServices;
}

function entry(kind: string, id: string, attributes: JsonObject = {}): LedgerEntry & { readonly id: string } {
  const common = { key: "s#1/0", region, token: `token-of-${id}`, tags: {}, step: "s", state: "created" } as const;
  return { ...common, kind, id, attributes };
}

const tags = (type: "volume" | "snapshot" | "instance", token: string) => [
  { ResourceType: type, Tags: [{ Key: TOKEN_TAG, Value: token }] },
];

/** Calls of the tests themselves: real work, in which the clock must not jump. */
const call = <T>(work: () => Promise<T>) => rig.clock.during(work);

async function newVolume(token = "t"): Promise<string> {
  const made = await call(() =>
    ec2.createVolume({ AvailabilityZone: "us-west-2a", Size: 1, TagSpecifications: tags("volume", token) }),
  );
  await rig.clock.sleep(30_000);
  return made.VolumeId!;
}

async function newSnapshot(token = "t"): Promise<string> {
  const VolumeId = await newVolume();
  const made = await call(() => ec2.createSnapshot({ VolumeId, TagSpecifications: tags("snapshot", token) }));
  return made.SnapshotId!;
}

async function newInstance(token = "t"): Promise<string> {
  const { Instances } = await call(async () =>
    ec2.runInstances({
      ImageId: (await ec2.describeImages({ Owners: ["amazon"] })).Images![0]!.ImageId!,
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
      Placement: { AvailabilityZone: "us-west-2a" },
      TagSpecifications: tags("instance", token),
    }),
  );
  await rig.clock.sleep(60_000);
  return Instances![0]!.InstanceId!;
}

describe.each([
  ["ec2.volume", newVolume],
  ["ec2.snapshot", newSnapshot],
  ["ec2.instance", newInstance],
] as const)("%s", (name, make) => {
  const kind = RESOURCE_KINDS.get(name)!;

  it("is found by its token, destroyed, seen gone, and not found any more", async () => {
    const token = `token-${name}`;
    const id = await make(token);
    const line = { ...entry(name, id), token };
    expect(await kind.find(line, services())).toEqual({ id });
    expect(await kind.isGone(line, services())).toBe(false);
    await kind.destroy(line, services());
    expect(await kind.isGone(line, services())).toBe(true);
    expect(await kind.find(line, services())).toBeUndefined();
  });

  it("that is gone already is destroyed with success", async () => {
    const id = await make();
    await kind.destroy(entry(name, id), services());
    await kind.destroy(entry(name, id), services());
  });
});

describe("ec2.attachment", () => {
  const kind = RESOURCE_KINDS.get("ec2.attachment")!;
  const volumes = RESOURCE_KINDS.get("ec2.volume")!;

  it("is detached, after which its volume can go", async () => {
    const [volumeId, instanceId] = [await newVolume(), await newInstance()];
    await call(() => ec2.attachVolume({ VolumeId: volumeId, InstanceId: instanceId, Device: "/dev/sdg" }));
    const line = entry("ec2.attachment", `${volumeId}@${instanceId}`, { volumeId, instanceId });
    expect(await kind.find(line, services())).toEqual({ id: line.id, attributes: { device: "/dev/sdg" } });
    await rig.clock.sleep(30_000);
    await kind.destroy(line, services());
    expect(await kind.isGone(line, services())).toBe(true);
    await kind.destroy(line, services());
    await volumes.destroy(entry("ec2.volume", volumeId), services());
  });

  it("that nobody takes away keeps its volume: that is told, not waited for without end", async () => {
    const [volumeId, instanceId] = [await newVolume(), await newInstance()];
    await call(() => ec2.attachVolume({ VolumeId: volumeId, InstanceId: instanceId, Device: "/dev/sdg" }));
    const failure = await volumes.destroy(entry("ec2.volume", volumeId), services()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).details).toMatchObject({
      code: "volume-still-attached",
      message: `${volumeId} cannot be deleted: it is still attached to ${instanceId}`,
    });
  });
});

it("a snapshot that an AMI uses is a failure that says so", async () => {
  const id = await newSnapshot();
  fault = (operation) =>
    operation === "DeleteSnapshot"
      ? { kind: "error", error: new AwsError("InvalidSnapshot.InUse", `The snapshot ${id} is in use by ami-1`) }
      : undefined;
  const failure = await RESOURCE_KINDS.get("ec2.snapshot")!
    .destroy(entry("ec2.snapshot", id), services())
    .catch((error: unknown) => error);
  expect((failure as Failure).details).toMatchObject({ code: "snapshot-in-use", resourceId: id });
});

describe("the look for keys", () => {
  const refusing = (why: string) => (operation: string) =>
    operation === "ListResourceTags"
      ? {
          kind: "error" as const,
          error: new AwsError(
            "AccessDeniedException",
            `not authorized to perform: kms:ListResourceTags because ${why}`,
            400,
          ),
        }
      : undefined;
  const look = () => RESOURCE_KINDS.get("kms.key")!.sweep!.list({ region, runId: "01RUN" }, services());

  beforeAll(async () => {
    const kms = new KMS(clientSettings(rig.sandbox, region));
    await call(() => kms.createKey({ Tags: [{ TagKey: RUN_TAG, TagValue: "01RUN" }] }));
    kms.destroy();
  });

  it("is none where their tags may not be read: nobody knows whether one is the run's", async () => {
    expect(await look()).toHaveLength(1);
    fault = refusing("no identity-based policy allows the kms:ListResourceTags action");
    await expect(look()).rejects.toThrow("ListResourceTags");
  });

  it("goes past one whose own policy hides its tags: that is somebody else's", async () => {
    fault = refusing("no resource-based policy allows the kms:ListResourceTags action");
    expect(await look()).toEqual([]);
  });
});
