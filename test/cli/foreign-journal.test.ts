import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EC2 } from "@aws-sdk/client-ec2";
import { ulid } from "ulid";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../../src/cli/program.ts";
import { clientSettings } from "../sandbox/client-settings.ts";
import { throwAwayFolder } from "./binary.ts";
import { capturedIo } from "./captured-io.ts";
import { killedRun } from "./killed-run.ts";
import { sandboxOf, type StandaloneSandbox } from "./standalone-sandbox.ts";

const ENVIRONMENT = { ...process.env };
const REGION = "us-west-2";

let sandbox: StandaloneSandbox;
let ec2: EC2;
let cwd: string;
const ending: (() => unknown)[] = [];
beforeAll(async () => {
  sandbox = await sandboxOf({ speed: 1_000 }, (work) => void ending.push(work));
  ec2 = new EC2(clientSettings(sandbox, REGION));
  // The SDK looks for credentials there.
  Object.assign(process.env, sandbox.environment);
});
beforeEach(async () => {
  cwd = await throwAwayFolder();
});
afterAll(async () => {
  Object.assign(process.env, ENVIRONMENT);
  for (const name of Object.keys(sandbox.environment)) if (!(name in ENVIRONMENT)) delete process.env[name];
  ec2.destroy();
  for (const work of ending) await work();
});

async function gameday(...args: readonly string[]) {
  await using io = await capturedIo(sandbox.environment);
  const code = await runCommand(args, { ...io, cwd });
  return { code, stdout: io.out(), stderr: io.err() };
}

async function advance(ms: number): Promise<void> {
  const answer = await fetch(`${sandbox.endpoint}/_gameday/advance?ms=${ms}`, {
    method: "POST",
    headers: sandbox.controlHeaders,
  });
  expect(answer.status).toBe(200);
}

/** Somebody's application: an instance, its data volume, and a snapshot of that. */
async function application() {
  const tags = (ResourceType: "instance" | "volume" | "snapshot") => [
    { ResourceType, Tags: [{ Key: "Name", Value: "production" }] },
  ];
  const { Images = [] } = await ec2.describeImages({ Owners: ["amazon"] });
  const { Instances = [] } = await ec2.runInstances({
    ImageId: Images[0]!.ImageId!,
    InstanceType: "t3.micro",
    MinCount: 1,
    MaxCount: 1,
    Placement: { AvailabilityZone: `${REGION}a` },
    TagSpecifications: tags("instance"),
  });
  const { VolumeId } = await ec2.createVolume({
    AvailabilityZone: `${REGION}a`,
    Size: 1,
    TagSpecifications: tags("volume"),
  });
  await advance(120_000);
  const [instanceId, volumeId] = [Instances[0]!.InstanceId!, VolumeId!];
  await ec2.attachVolume({ InstanceId: instanceId, VolumeId: volumeId, Device: "/dev/sdf" });
  const { SnapshotId } = await ec2.createSnapshot({ VolumeId: volumeId, TagSpecifications: tags("snapshot") });
  await advance(3_600_000);
  return { instanceId, volumeId, snapshotId: SnapshotId! };
}

/** All that exists, with its state and tags, by the sandbox's own word. */
const inventory = async () =>
  (await sandbox.inventory()).map(({ id, state, tags }) => JSON.stringify([id, state, tags])).toSorted();

describe("a run folder from somebody else, whose journal says that the run made what it did not", () => {
  it.each([["cleanup"], ["resume"]])("%s leaves all of that alone, lists it, and ends with 6", async (command) => {
    const { instanceId, volumeId, snapshotId } = await application();
    const runId = ulid();
    await killedRun({
      cwd,
      runId,
      sandbox,
      made: [
        { kind: "ec2.snapshot", id: snapshotId },
        { kind: "ec2.volume", id: volumeId },
        { kind: "ec2.instance", id: instanceId },
        { kind: "ec2.attachment", id: `${volumeId}@${instanceId}`, attributes: { volumeId, instanceId } },
      ],
    });
    const before = await inventory();
    const { code, stdout } = await gameday(command, runId, ...(command === "cleanup" ? ["--yes"] : ["--plain"]));
    expect(code, stdout).toBe(6);
    for (const id of [instanceId, volumeId, snapshotId]) expect(stdout).toContain(id);
    if (command === "cleanup") {
      expect(stdout).toContain("0 resources deleted, 4 not");
      expect(stdout).toContain(`it does not carry gameday:run=${runId}`);
      expect(stdout).toContain("neither its volume nor its instance carries the run's tag");
    }
    expect(await inventory()).toEqual(before);
  });

  it.each([
    ["a path out of it", "../../../elsewhere", undefined],
    ["an absolute path", "/tmp", undefined],
    ["a link out of it", "terraform/linked", "terraform/linked"],
  ])("no Terraform folder outside of the run's is touched: %s", async (_what, folder, link) => {
    const runId = ulid();
    const elsewhere = join(cwd, "elsewhere");
    await mkdir(elsewhere);
    const state = JSON.stringify({ version: 4, serial: 1, resources: [] });
    await writeFile(join(elsewhere, "terraform.tfstate"), state);
    await writeFile(join(elsewhere, "secret.auto.tfvars"), "kept");
    const made = [{ kind: "terraform.stack", id: folder, attributes: { folder } }];
    const path = await killedRun({ cwd, runId, sandbox, made });
    if (link !== undefined) {
      await mkdir(join(path, "terraform"));
      await symlink(elsewhere, join(path, link));
    }
    const { code, stdout } = await gameday("cleanup", runId, "--yes");
    expect(code, stdout).toBe(6);
    expect(stdout).toContain("the run's own folder");
    expect(await readFile(join(elsewhere, "terraform.tfstate"), "utf8")).toBe(state);
    expect(await readFile(join(elsewhere, "secret.auto.tfvars"), "utf8")).toBe("kept");
  });
});
