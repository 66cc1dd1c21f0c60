/*
 * Twenty snapshots of 30 to 180 s in real time, waited for by gameday's watch, by `aws ec2 wait`, by the JS SDK's waiter with its
 * own settings, and, as copies of the same lengths, by Terraform. Truth is the sandbox's log. Takes five minutes: the JS waiter
 * looks every two minutes in the end.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { EC2Client, waitUntilSnapshotCompleted } from "@aws-sdk/client-ec2";
import { Ec2Client } from "./ec2-client.mjs";
import { inside } from "./from-source.mjs";
import { applied, served, terraformRun } from "./inside/serve.mjs";
import { installed, mean, quiet, tell } from "./measure.mjs";

const COUNT = 20;
const { asAStepHas, instant, terraformWith } = await inside("waits");
/** Evenly spread, in an order that has nothing to do with their length. */
const LENGTHS = Array.from({ length: COUNT }, (_, index) => 30_000 + (((index * 7) % COUNT) + 0.5) * (150_000 / COUNT));

const CONFIGURATION = `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region = "us-west-2"
}
variable "sources" { type = list(string) }
resource "aws_ebs_snapshot_copy" "copy" {
  count              = length(var.sources)
  source_snapshot_id = var.sources[count.index]
  source_region      = "us-east-1"
}
`;

await quiet(60_000);
const server = await served({ volumeCreation: [0], snapshot: [...Array(COUNT).fill(0), ...LENGTHS], copy: LENGTHS });
const client = new Ec2Client(server.endpoint, {
  accessKeyId: server.environment.AWS_ACCESS_KEY_ID,
  secretAccessKey: server.environment.AWS_SECRET_ACCESS_KEY,
});
const terraform = installed("terraform")
  ? await terraformWith(CONFIGURATION, server.environment)
  : { lacking: "it is not installed" };
const idIn = (xml, element) => new RegExp(`<${element}>([^<]+)`).exec(xml)[1];

async function snapshotsOfNewVolumes() {
  const volumes = [];
  for (let made = 0; made < COUNT; made++) {
    const volume = await client.call("CreateVolume", { Size: "1", AvailabilityZone: "us-east-1a" });
    volumes.push(idIn(volume, "volumeId"));
  }
  const ids = [];
  for (const VolumeId of volumes) ids.push(idIn(await client.call("CreateSnapshot", { VolumeId }), "snapshotId"));
  return ids;
}

/** Ids with the instants at which the waits ended. */
const ends = (ids, wait) => Promise.all(ids.map(async (id) => (await wait(id), { id, at: instant() })));

function gamedayWaits(ids) {
  const step = asAStepHas(server.endpoint, server.environment);
  const judge = ({ seen }) => (seen?.State === "completed" ? "done" : "wait");
  const ended = ends(ids, (id) => step.watch.until({ region: "us-east-1", kind: "ec2.snapshot", id, judge }));
  return { calls: step.calls, step, ended };
}

function cliWaits(ids) {
  return ends(ids, async (id) => {
    const args = ["ec2", "wait", "snapshot-completed", "--snapshot-ids", id];
    const [code] = await once(spawn("aws", args, { env: server.environment, stdio: "inherit" }), "exit");
    if (code !== 0) throw new Error(`aws ec2 wait ended with ${code}`);
  });
}

function sdkWaits(ids) {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = server.environment;
  const credentials = { accessKeyId, secretAccessKey };
  const sdk = new EC2Client({ region: "us-east-1", endpoint: server.endpoint, credentials });
  let calls = 0;
  sdk.middlewareStack.add((next) => (args) => (calls++, next(args)), { step: "initialize" });
  return {
    calls: () => calls,
    ended: ends(ids, (id) => waitUntilSnapshotCompleted({ client: sdk, maxWaitTime: 900 }, { SnapshotIds: [id] })),
  };
}

async function terraformWaits(sources) {
  if (terraform.lacking) return undefined;
  terraform.environment.TF_VAR_sources = JSON.stringify(sources);
  return applied(await terraformRun(terraform, ["apply", "-auto-approve", "-json", `-parallelism=${COUNT}`]));
}

try {
  if (!terraform.lacking) await terraformRun(terraform, ["init", "-input=false", "-no-color"]);
  const sources = await snapshotsOfNewVolumes();
  const ids = await snapshotsOfNewVolumes();
  const before = (await server.log()).length;
  const ours = gamedayWaits(ids);
  const sdk = sdkWaits(ids);
  const [gameday, js, cli, copies] = await Promise.all([
    ours.ended,
    sdk.ended,
    installed("aws") ? cliWaits(ids) : undefined,
    terraformWaits(sources),
  ]);
  const log = (await server.log()).slice(before);
  const truth = new Map(
    log.filter(({ what, state }) => what === "ec2.snapshot" && state === "completed").map(({ id, at }) => [id, at]),
  );
  const looks = log.filter(({ id, region }) => id === "ec2:DescribeSnapshots" && region === "us-east-1").length;
  const refused = log.filter(({ state }) => state === "RequestLimitExceeded").length;
  report({ gameday, js, cli, copies }, truth);
  const [mine, theirs] = [ours.calls.length, looks - ours.calls.length - sdk.calls()];
  tell({
    id: "5.2e",
    what: `Describe calls for each of the ${COUNT} snapshots, measured; refused calls of all: ${refused}`,
    ours: `${(mine / COUNT).toFixed(1)} calls`,
    ...(cli && { peer: `aws ec2 wait, ${(theirs / COUNT).toFixed(1)} calls`, ratio: mine / theirs }),
    goal: "none at 20",
    why: "of so many at once one ends every few seconds, and a second is as seldom as the watch looks then",
  });
  await ours.step.close();
} finally {
  client.close();
  await server.close();
  await terraform.close?.();
}

function report(ended, truth) {
  const errors = Object.fromEntries(
    Object.entries(ended).map(([who, list]) => [who, list?.map(({ id, at }) => at - truth.get(id))]),
  );
  const s = (value) => `${(value / 1_000).toFixed(2)} s`;
  const row = (id, what, against, { name, of, most, why }) => {
    const value = of(errors.gameday);
    const told = { id, what, ours: s(value), goal: `≤ ${most}×` };
    if (!against) return tell({ ...told, why });
    const ratio = value / of(against);
    tell({ ...told, peer: `${name}, ${s(of(against))}`, ratio, met: ratio <= most });
  };
  const most = (values) => Math.max(...values);
  const whole = `detection error of ${COUNT} snapshots of 30–180 s, real time`;
  const noCli = "the AWS CLI is not installed";
  row("5.1a", `mean ${whole}`, errors.cli, { name: "aws ec2 wait", of: mean, most: 0.1, why: noCli });
  row("5.1b", `greatest ${whole}`, errors.cli, { name: "aws ec2 wait", of: most, most: 0.2, why: noCli });
  row("5.1c", `mean ${whole}`, errors.js, { name: "the JS SDK's waiter", of: mean, most: 0.02 });
  const noTerraform = `Terraform cannot run: ${terraform.lacking}`;
  row("5.1d", `mean ${whole}`, errors.copies, {
    name: "aws_ebs_snapshot_copy",
    of: mean,
    most: 0.03,
    why: noTerraform,
  });
}
