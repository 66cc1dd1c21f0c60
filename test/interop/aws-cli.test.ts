import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seedExistingInstance, type ExistingInstance } from "../../src/sandbox/seed.ts";
import { handDriven, HOUR, MINUTE, SECOND, type HandDriven } from "../sandbox/hand-driven.ts";

const version = await execa("aws", ["--version"], { reject: false });
const absent = version.exitCode === 0 ? "" : " (skipped: the AWS CLI is not installed)";

describe.skipIf(absent !== "")(`the AWS CLI drives a sandbox by hand${absent}`, () => {
  let aws: HandDriven;
  let existing: ExistingInstance;

  beforeAll(async () => {
    aws = await handDriven();
    existing = await seedExistingInstance(aws.sandbox, { region: "us-east-1", drRegion: "us-west-2" });
  });
  afterAll(() => aws.close());

  /** One command; what `--query` selects, as text. */
  async function cli(region: string, command: string, ...more: string[]): Promise<string> {
    const args = [...command.split(" "), ...more, "--region", region, "--output", "text"];
    return (await execa("aws", args, { env: aws.sandbox.environment })).stdout.trim();
  }
  const east = (command: string, ...more: string[]) => cli("us-east-1", command, ...more);
  const west = (command: string, ...more: string[]) => cli("us-west-2", command, ...more);

  async function onHost(instanceId: string, script: string): Promise<string> {
    const id = await west(
      `ssm send-command --document-name AWS-RunShellScript --instance-ids ${instanceId} --query Command.CommandId`,
      "--parameters",
      JSON.stringify({ commands: [script] }),
    );
    await aws.pass(2 * SECOND);
    await aws.sandbox.services.commands.finished(id);
    return west(
      `ssm get-command-invocation --command-id ${id} --instance-id ${instanceId} --query StandardOutputContent`,
    );
  }

  it("snapshot, copy, volume, host, attachment, script", async () => {
    const snapshot = await east(`ec2 create-snapshot --volume-id ${existing.volumeId} --query SnapshotId`);
    await aws.pass(5 * MINUTE);
    const copy = await west(
      `ec2 copy-snapshot --source-region us-east-1 --source-snapshot-id ${snapshot} --query SnapshotId`,
    );
    expect(await west(`ec2 describe-snapshots --snapshot-ids ${copy} --query Snapshots[0].[State,VolumeId]`)).toBe(
      "pending\tvol-ffffffff",
    );
    await aws.pass(HOUR);
    await west(`ec2 wait snapshot-completed --snapshot-ids ${copy}`);
    const volume = await west(
      `ec2 create-volume --snapshot-id ${copy} --availability-zone us-west-2a --volume-type gp3 --query VolumeId`,
    );
    const instance = await west(
      `ec2 run-instances --image-id ${existing.host.imageId} --instance-type t3.micro --subnet-id ${existing.host.subnetIds[0]}`,
      ...`--iam-instance-profile Name=${existing.host.instanceProfile} --query Instances[0].InstanceId`.split(" "),
    );
    await aws.pass(2 * MINUTE);
    await west(`ec2 attach-volume --volume-id ${volume} --instance-id ${instance} --device /dev/sdf`);
    await aws.pass(30 * SECOND);
    expect(await west(`ec2 describe-volumes --volume-ids ${volume} --query Volumes[0].Attachments[0].State`)).toBe(
      "attached",
    );
    const device = `"$INSTANCE_ROOT/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.replace("-", "")}"`;
    const script = `mount -o ro ${device} "$INSTANCE_ROOT/mnt" && head -n 1 "$INSTANCE_ROOT/mnt/orders/2026-10-01.csv"`;
    expect(await onHost(instance, script)).toBe("order,customer,amount");
  });

  it("reads what went wrong in AWS's own words", async () => {
    const failed = await execa("aws", ["ec2", "delete-volume", "--volume-id", existing.volumeId], {
      env: aws.sandbox.environment,
      reject: false,
    });
    expect(failed.stderr).toContain(
      `(VolumeInUse) when calling the DeleteVolume operation: Volume ${existing.volumeId} is currently attached to ${existing.instanceId}`,
    );
  });
});
