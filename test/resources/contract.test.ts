import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DLM } from "@aws-sdk/client-dlm";
import { EC2, type ResourceType } from "@aws-sdk/client-ec2";
import { IAM } from "@aws-sdk/client-iam";
import { KMS } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Owners } from "../../src/engine/ownership.ts";
import type { FoundResource, LedgerEntry, ResourceKind } from "../../src/engine/resource-kind.ts";
import { EXPIRES_TAG, RUN_TAG, TOKEN_TAG } from "../../src/engine/tags.ts";
import { RESOURCE_KINDS as resourceKinds } from "../../src/resources/all.ts";
import type { DrillServices } from "../../src/steps/services.ts";
import { startAwsRig, type AwsRig } from "../aws/aws-rig.ts";
import { clientSettings } from "../sandbox/client-settings.ts";
import { servicesFor } from "../steps/rehearsal.ts";
import { FAKE_TERRAFORM } from "../terraform/terraform-run.ts";
import { emptyFirstPage } from "./empty-first-page.ts";

const REGION = "us-west-2";
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const DLM_TRUST = TRUST.replace("ec2.amazonaws.com", "dlm.amazonaws.com");
const INLINE = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "ec2:DescribeVolumes", Resource: "*" }],
});

interface World {
  readonly rig: AwsRig;
  /** A run's folder. */
  readonly folder: string;
  readonly ec2: EC2;
  readonly iam: IAM;
  readonly kms: KMS;
  readonly dlm: DLM;
}

interface Making {
  readonly runId: string;
  readonly token: string;
}

interface Subject {
  readonly kind: string;
  /** Makes one as a run does, by other clients than the kind's own. */
  make(world: World, making: Making): Promise<FoundResource>;
  /** Found by token or attributes, without its id. What only Terraform makes has none. */
  readonly found: boolean;
  /** It carries tags: a sweep finds it, and an expiry is put on it. */
  readonly tagged: boolean;
}

const tagsOf = ({ runId, token }: Making) => ({ [RUN_TAG]: runId, [TOKEN_TAG]: token });
const keysAndValues = (making: Making) => Object.entries(tagsOf(making)).map(([Key, Value]) => ({ Key, Value }));
const onCreate = (ResourceType: ResourceType, making: Making) => ({
  TagSpecifications: [{ ResourceType, Tags: keysAndValues(making) }],
});

async function volume({ ec2, rig }: World, making: Making): Promise<string> {
  const { VolumeId } = await rig.clock.during(() =>
    ec2.createVolume({ AvailabilityZone: `${REGION}a`, Size: 1, ...onCreate("volume", making) }),
  );
  await rig.clock.sleep(60_000);
  return VolumeId!;
}

async function instance({ ec2, rig }: World, making: Making): Promise<string> {
  const { Instances } = await rig.clock.during(async () =>
    ec2.runInstances({
      ImageId: (await ec2.describeImages({ Owners: ["amazon"], MaxResults: 1000, NextToken: "cGFnZTow" })).Images![0]!
        .ImageId!,
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
      Placement: { AvailabilityZone: `${REGION}a` },
      ...onCreate("instance", making),
    }),
  );
  await rig.clock.sleep(120_000);
  return Instances![0]!.InstanceId!;
}

async function attachment(world: World, making: Making): Promise<FoundResource> {
  const [volumeId, instanceId] = [await volume(world, making), await instance(world, making)];
  await world.rig.clock.during(() =>
    world.ec2.attachVolume({ VolumeId: volumeId, InstanceId: instanceId, Device: "/dev/sdg" }),
  );
  await world.rig.clock.sleep(60_000);
  return { id: `${volumeId}@${instanceId}`, attributes: { volumeId, instanceId, device: "/dev/sdg" } };
}

async function role({ iam }: World, making: Making, trust: string = TRUST): Promise<string> {
  const RoleName = `role-${making.token}`;
  await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust, Tags: keysAndValues(making) });
  await iam.putRolePolicy({ RoleName, PolicyName: "inline", PolicyDocument: INLINE });
  const { Policy } = await iam.createPolicy({ PolicyName: `attached-${making.token}`, PolicyDocument: INLINE });
  await iam.attachRolePolicy({ RoleName, PolicyArn: Policy!.Arn! });
  const InstanceProfileName = `profile-${making.token}`;
  await iam.createInstanceProfile({ InstanceProfileName });
  await iam.addRoleToInstanceProfile({ RoleName, InstanceProfileName });
  return RoleName;
}

async function policy(world: World, making: Making): Promise<string> {
  const roleName = await role(world, making, DLM_TRUST);
  const { Role } = await world.iam.getRole({ RoleName: roleName });
  const { PolicyId } = await world.dlm.createLifecyclePolicy({
    ExecutionRoleArn: Role!.Arn!,
    Description: "daily",
    State: "DISABLED",
    PolicyDetails: {
      ResourceTypes: ["VOLUME"],
      TargetTags: [{ Key: "Snapshot", Value: "true" }],
      Schedules: [{ Name: "daily", CreateRule: { Interval: 24, IntervalUnit: "HOURS" }, RetainRule: { Count: 1 } }],
    },
    Tags: tagsOf(making),
  });
  return PolicyId!;
}

/** A working copy with one resource in its state, and a terraform that destroys it. */
async function stack({ folder }: World, { token }: Making): Promise<FoundResource> {
  const name = `terraform/${token}`;
  await mkdir(join(folder, name), { recursive: true });
  const managed = { mode: "managed", type: "t", name: "n", instances: [{}] };
  await writeFile(
    join(folder, name, "terraform.tfstate"),
    JSON.stringify({ version: 4, serial: 1, resources: [managed] }),
  );
  const destroy = [["hello"], ["state", 0, 2], ["summary", "destroy"]];
  await writeFile(join(folder, name, "fake.json"), JSON.stringify({ destroy }));
  return { id: name, attributes: { folder: name } };
}

/** Calls of the tests themselves: real work, in which the clock must not jump. */
const inRealTime =
  (make: (world: World, making: Making) => Promise<string>) =>
  (world: World, making: Making): Promise<string> =>
    world.rig.clock.during(() => make(world, making));

const byId = (make: (world: World, making: Making) => Promise<string>) => async (world: World, making: Making) => ({
  id: await make(world, making),
});

const SUBJECTS: readonly Subject[] = [
  { kind: "ec2.attachment", make: attachment, found: true, tagged: false },
  { kind: "ec2.instance", make: byId(instance), found: true, tagged: true },
  { kind: "ec2.volume", make: byId(volume), found: true, tagged: true },
  { kind: "dlm.policy", make: byId(inRealTime(policy)), found: false, tagged: true },
  {
    kind: "ec2.snapshot",
    make: byId(async (world, making) => {
      const VolumeId = await volume(world, { ...making, token: `of-${making.token}` });
      const made = await world.rig.clock.during(() =>
        world.ec2.createSnapshot({ VolumeId, ...onCreate("snapshot", making) }),
      );
      return made.SnapshotId!;
    }),
    found: true,
    tagged: true,
  },
  { kind: "iam.role", make: byId(inRealTime((world, making) => role(world, making))), found: false, tagged: true },
  {
    kind: "kms.key",
    make: byId(
      inRealTime(async ({ kms }, making) => {
        const tags = Object.entries(tagsOf(making)).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
        return (await kms.createKey({ Tags: tags })).KeyMetadata!.KeyId!;
      }),
    ),
    found: false,
    tagged: true,
  },
  { kind: "terraform.stack", make: stack, found: true, tagged: false },
];

it("there is a subject for every resource kind", () => {
  expect(SUBJECTS.map(({ kind }) => kind).toSorted()).toEqual([...resourceKinds.keys()].toSorted());
});

describe.each([
  ["AWS", undefined],
  ["an AWS whose first page is empty", emptyFirstPage],
])("on %s", (_name, interceptor) => {
  let world: World;
  let runs = 0;
  beforeAll(async () => {
    await chmod(FAKE_TERRAFORM, 0o755);
    const rig = await startAwsRig(interceptor ? { interceptors: [interceptor] } : {});
    const settings = clientSettings(rig.sandbox, REGION);
    const folder = await mkdtemp(join(tmpdir(), "gameday-contract-"));
    const clients = { ec2: new EC2(settings), iam: new IAM(settings), kms: new KMS(settings), dlm: new DLM(settings) };
    world = { rig, folder, ...clients };
  });
  afterAll(async () => {
    for (const client of [world.ec2, world.iam, world.kms, world.dlm]) client.destroy();
    await world.rig.close();
    await rm(world.folder, { recursive: true, force: true });
  });

  function servicesOf(runId: string): DrillServices {
    const scope = { ...world.rig.scope(), runId, runFolder: world.folder };
    const terraform = { binary: FAKE_TERRAFORM, environment: { PATH: process.env["PATH"] ?? "" } };
    return { ...servicesFor(world.rig.connection, scope), terraform };
  }

  async function madeBy(subject: Subject) {
    const runId = `01RUN${++runs}`;
    const token = `token-${runId}`;
    const found = await subject.make(world, { runId, token });
    const common = { key: "s#1/0", kind: subject.kind, region: REGION, token, tags: {}, step: "s" } as const;
    const entry = { ...common, state: "created", id: found.id, attributes: found.attributes ?? {} } as const;
    const kind: ResourceKind<DrillServices> = resourceKinds.get(subject.kind)!;
    return { runId, entry, found, kind, services: servicesOf(runId) };
  }

  /** By the sandbox's own word. */
  async function exists({ kind, id }: LedgerEntry & { readonly id: string }): Promise<boolean> {
    const items = await world.rig.clock.during(() => world.rig.sandbox.inventory());
    const ending = new Set(["deleting", "shutting-down", "terminated", "PendingDeletion"]);
    return items.some((item) => item.type === kind && item.id === id && !ending.has(item.state));
  }

  describe.each(SUBJECTS.map((subject) => [subject.kind, subject] as const))("%s", (_kind, subject) => {
    it("is the run's whose tag it carries, and no other's", async () => {
      const { runId, entry, services } = await madeBy(subject);
      expect(await new Owners(runId, resourceKinds).ownerOf(entry, services)).toBe("run");
      if (subject.kind === "terraform.stack") return;
      const other = `${runId}X`;
      expect(await new Owners(other, resourceKinds).ownerOf(entry, servicesOf(other))).toBe("another");
    });

    it("is found, tagged, swept, destroyed, seen gone, and not found any more", async () => {
      const { runId, entry, found, kind, services } = await madeBy(subject);
      const { id: _id, ...intended } = entry;
      if (subject.found) expect(await kind.find(intended, services)).toMatchObject({ id: found.id });
      expect(await kind.isGone(entry, services)).toBe(false);
      expect(kind.tag !== undefined && kind.sweep !== undefined).toBe(subject.tagged);
      const swept = async (of: string | undefined) =>
        (await kind.sweep?.list({ region: REGION, ...(of === undefined ? {} : { runId: of }) }, services)) ?? [];
      if (subject.tagged) {
        await kind.tag?.(entry, { [EXPIRES_TAG]: "2027-01-01T00:00:00.000Z" }, services);
        for (const of of [runId, undefined]) {
          const own = (await swept(of)).find(({ id }) => id === found.id);
          expect(own?.tags).toMatchObject({ [RUN_TAG]: runId, [EXPIRES_TAG]: "2027-01-01T00:00:00.000Z" });
        }
        expect(await swept(`${runId}X`)).toEqual([]);
        expect(await exists(entry)).toBe(true);
      }
      await kind.destroy(entry, services);
      expect(await kind.isGone(entry, services)).toBe(true);
      if (subject.tagged) expect((await swept(undefined)).map(({ id }) => id)).not.toContain(found.id);
      expect(await exists(entry)).toBe(false);
      expect(await kind.find(intended, services)).toBeUndefined();
    });

    it("that is gone already is nobody else's, and is destroyed with success", async () => {
      const { runId, entry, kind, services } = await madeBy(subject);
      await kind.destroy(entry, services);
      // A terminated instance is shown for an hour, with its tags.
      const shown = subject.kind === "ec2.instance" ? "run" : "nobody";
      if (subject.tagged) expect(await new Owners(runId, resourceKinds).ownerOf(entry, services)).toBe(shown);
      await kind.destroy(entry, services);
      expect(await kind.isGone(entry, services)).toBe(true);
    });
  });
});
