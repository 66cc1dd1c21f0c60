/*
 * CreateVolume until it is known to be available, on a sandbox whose volumes are available at once: what remains is the waiting
 * of gameday's watch, and of Terraform's aws_ebs_volume (its own report of the time from the first request to the last answer).
 */
import { inside } from "./from-source.mjs";
import { applied, served, terraformRun } from "./inside/serve.mjs";
import { installed, median, ms, quiet, tell } from "./measure.mjs";

const { asAStepHas, terraformWith } = await inside("waits");
const CONFIGURATION = `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region = "us-east-1"
}
resource "aws_ebs_volume" "data" {
  availability_zone = "us-east-1a"
  size              = 1
}
`;

async function ours({ endpoint, environment }) {
  const step = asAStepHas(endpoint, environment);
  const ec2 = await step.aws.ec2("us-east-1");
  const judge = ({ seen }) => (seen?.State === "available" ? "done" : "wait");
  const times = [];
  for (let round = 0; round < 6; round++) {
    const began = performance.now();
    const { VolumeId: id } = await ec2.createVolume({ AvailabilityZone: "us-east-1a", Size: 1 });
    await step.watch.until({ region: "us-east-1", kind: "ec2.volume", id, judge });
    times.push(performance.now() - began);
  }
  await step.close();
  // The first one opens the connections.
  return median(times.slice(1));
}

async function terraforms(server) {
  if (!installed("terraform")) return { why: "Terraform is not installed" };
  const terraform = await terraformWith(CONFIGURATION, server.environment);
  try {
    if (terraform.lacking) return { why: `Terraform cannot run: ${terraform.lacking}` };
    await terraformRun(terraform, ["init", "-input=false", "-no-color"]);
    const events = await terraformRun(terraform, ["apply", "-auto-approve", "-json"]);
    const began = events.find(({ type }) => type === "apply_start")["@timestamp"];
    return { tookMs: applied(events)[0].at - Date.parse(began) };
  } finally {
    await terraform.close();
  }
}

await quiet(60_000);
const server = await served({ volumeCreation: [0] });
try {
  const tookMs = await ours(server);
  const peer = await terraforms(server);
  const told = {
    id: "5.6",
    what: "CreateVolume until seen available, the volume being so at once",
    ours: ms(tookMs),
    goal: "≤ 0.1×",
  };
  const ratio = tookMs / peer.tookMs;
  if (peer.why) tell({ ...told, why: peer.why });
  else tell({ ...told, peer: `Terraform's aws_ebs_volume, ${ms(peer.tookMs)}`, ratio, met: ratio <= 0.1 });
} finally {
  await server.close();
}
