import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { awsFor } from "../../src/aws/aws-for.ts";
import { connect } from "../../src/aws/connection.ts";
import { watchFor } from "../../src/aws/watch/watch-for.ts";
import { discoverTerraform } from "../../src/cli/terraform/discovery.ts";
import { DURATIONS } from "../../src/sandbox/services/ec2/durations.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { systemClock } from "../../src/time/system-clock.ts";

/** Milliseconds of the epoch on the clock that the sandbox's log has. */
export const instant = () => systemClock.now();

/** A sandbox on the machine's clock whose waits take what the lists say, each draw the next, in ms. */
export async function slowSandbox(durations) {
  for (const [name, list] of Object.entries(durations)) {
    let drawn = 0;
    Object.defineProperty(DURATIONS, name, { get: () => Array(2).fill(list[drawn++ % list.length]) });
  }
  const folder = await mkdtemp(join(tmpdir(), "gameday-bench-"));
  const sandbox = await startSandbox({ clock: systemClock, folder });
  return {
    endpoint: sandbox.endpoint,
    environment: sandbox.environment,
    async close() {
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** AWS and the watch as a step of a live run has them; `calls` are those it has made. */
export function asAStepHas(endpoint, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }) {
  const connection = connect({ clock: systemClock, endpoint, credentials: { accessKeyId, secretAccessKey } });
  const calls = [];
  const observations = [];
  const scope = {
    runId: "01BENCH",
    drillName: "bench",
    regions: { primary: "us-east-1", dr: "us-west-2", primaryLost: false },
    primaryRefused: false,
    signal: new AbortController().signal,
    clock: systemClock,
    recordCall: async (call) => void calls.push(call),
    recordObservation: async (observation) => void observations.push(observation),
    finding: async () => undefined,
    progress: () => undefined,
  };
  return {
    aws: awsFor(connection, scope),
    watch: watchFor(connection, scope),
    calls,
    observations,
    close: () => connection.close(),
  };
}

/** Terraform with a configuration in a folder of its own; undefined with a reason when it lacks something. */
export async function terraformWith(configuration, environment) {
  const folder = await mkdtemp(join(tmpdir(), "gameday-bench-"));
  const place = { env: process.env, homedir: homedir(), cwd: folder, folder: join(folder, "gameday") };
  await mkdir(place.folder);
  const { settings, lacking } = await discoverTerraform(place);
  await writeFile(join(folder, "main.tf"), configuration);
  return {
    folder,
    lacking,
    binary: settings.binary,
    environment: {
      ...environment,
      ...settings.environment,
      CHECKPOINT_DISABLE: "1",
      TF_IN_AUTOMATION: "1",
      TF_INPUT: "0",
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
