import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, renameSync, truncateSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { kill } from "node:process";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { awsToolEnvironment } from "../../src/cli/aws/aws-tool-environment.ts";
import { discoverTerraform } from "../../src/cli/terraform/discovery.ts";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { startDrill, type RunResult } from "../../src/engine/run-drill.ts";
import type { ServiceScope } from "../../src/engine/step-kind.ts";
import { judge } from "../../src/evidence/verdict.ts";
import { RESOURCE_KINDS } from "../../src/resources/all.ts";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import type { LogEntry } from "../../src/sandbox/world.ts";
import { defineStep } from "../../src/steps/define-step.ts";
import { terraformApply } from "../../src/steps/terraform/apply.ts";
import type { DrillServices } from "../../src/steps/services.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";
import { drillOf } from "../engine/harness.ts";
import { reportFigures } from "../figures.ts";
import { connectTo, servicesFor, step } from "../steps/rehearsal.ts";

const home = await mkdtemp(join(tmpdir(), "gameday-orphans-home-"));
afterAll(() => rm(home, { recursive: true, force: true }));
const { settings, lacking } = await discoverTerraform({
  env: { PATH: process.env["PATH"] ?? "", HOME: homedir() },
  homedir: homedir(),
  cwd: home,
  folder: join(home, "terraform"),
  reach: () => Promise.resolve(false),
});
const asked = process.env["GAMEDAY_ORPHANS"] === "all" ? undefined : "GAMEDAY_ORPHANS=all runs it, for a minute or two";
const skipped = lacking ?? asked;
// Nothing is called after tests that are all skipped.
if (skipped !== undefined) await rm(home, { recursive: true });
const why = skipped === undefined ? "" : ` (skipped: ${skipped})`;

const MAIN = `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.62" }
  }
}
provider "aws" {
  region = "us-east-1"
}
resource "aws_ebs_volume" "first" {
  availability_zone = "us-east-1a"
  size              = 1
}
resource "aws_ebs_volume" "second" {
  availability_zone = "us-east-1a"
  size              = 1
  depends_on        = [aws_ebs_volume.first]
}
`;

interface Case {
  /** Kills terraform once so many volumes have been made, before it is answered. */
  readonly killAtVolume?: number;
  /** When the step has ended. */
  readonly afterStep?: (workingCopy: string) => void;
  /** Holds the lock of the state from the step's end on. */
  readonly holdLock?: boolean;
}

async function play({ killAtVolume, afterStep, holdLock }: Case): Promise<RunResult & { readonly sandbox: Sandbox }> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-orphans-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "drill/terraform"), { recursive: true });
  await mkdir(join(folder, "run"));
  await writeFile(join(folder, "drill/terraform/main.tf"), MAIN);
  // Terraform polls in real time what the sandbox does in its own.
  const clock = new VirtualClock({ speed: 10 });
  const sandbox = await startSandbox({ clock, folder: join(folder, "sandbox") });
  const connection = connectTo(sandbox, clock);
  onTestFinished(async () => {
    await connection.close();
    await sandbox.close();
  });
  const copy = join(folder, "run/terraform/stack");
  if (killAtVolume !== undefined) killTerraform(sandbox, copy, killAtVolume);
  const onEvent = (event: JournaledEvent) => {
    if (event.type === "step-finished" && event.instance === "stack") afterStep?.(copy);
  };
  const steps = [step("stack", "terraform.apply", { directory: "terraform" }, { timeoutMs: 600_000 })];
  const running = await startDrill<DrillServices>(
    drillOf(
      {
        prepare: holdLock
          ? [...steps, step("lock", "test.hold-lock", { file: join(copy, "terraform.tfstate") })]
          : steps,
      },
      {
        source: {
          path: join(folder, "drill/drill.yaml"),
          folder: join(folder, "drill"),
          text: "",
          sha256: "0".repeat(64),
        },
      },
    ),
    {
      runId: "01JZZZZZZZZZZZZZZZZZZZZZZZ",
      runFolder: join(folder, "run"),
      clock,
      mode: "rehearsal",
      versions: { gameday: "0", node: "20" },
      process: { pid: 1, host: "test" },
      stepKinds: new Map([terraformApply, holdsLock].map((kind) => [kind.uses, kind])),
      resourceKinds: RESOURCE_KINDS,
      services: (scope: ServiceScope) => ({
        ...servicesFor(connection, scope),
        terraform: settings,
        awsEnvironment: () => awsToolEnvironment(connection, scope),
      }),
      guard: async () => ({ account: "111122223333", arn: "arn:test", clockOffsetMs: {} }),
      judge,
      listeners: [onEvent],
    },
  );
  return { ...(await running.result), sandbox };
}

/** The log's entry of a call is written when its effect has taken place and its answer has not been sent. */
function killTerraform({ world }: Sandbox, copy: string, atVolume: number): void {
  let volumes = 0;
  const record = world.record.bind(world);
  world.record = (entry: LogEntry) => {
    record(entry);
    if (entry.what !== "call" || entry.id !== "ec2:CreateVolume" || ++volumes !== atVolume) return;
    const { pid } = JSON.parse(readFileSync(join(copy, "gameday-process.json"), "utf8")) as { pid: number };
    kill(pid, "SIGKILL");
  };
}

/** A POSIX lock, as Terraform's own. */
const LOCKER = `
import fcntl, sys
file = open(sys.argv[1], "r+")
fcntl.lockf(file, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
`;

const holdsLock = defineStep({
  uses: "test.hold-lock",
  does: "Holds the lock of a Terraform state until the test is over",
  input: z.strictObject({ file: z.string() }),
  output: z.object({}),
  permissions: [],
  defaultTimeoutMs: 60_000,
  async run({ clock }, { file }) {
    const locker = spawn("python3", ["-c", LOCKER, file]);
    onTestFinished(() => void locker.kill("SIGKILL"));
    await clock.during(() => once(locker.stdout, "data"));
    return {};
  },
});

async function volumesLeft({ sandbox }: { readonly sandbox: Sandbox }): Promise<readonly string[]> {
  return (await sandbox.inventory()).filter(({ type }) => type === "ec2.volume").map(({ id }) => id);
}

const ends = ({ record }: RunResult) => record.ledger.map(({ kind, step: by, state }) => `${by}: ${kind} ${state}`);

reportFigures("terraform orphans");

describe.skipIf(skipped !== undefined)(`what the real terraform forgets${why}`, () => {
  it("killed in a create: the sweep finds the volume that is in no state, and nothing is left", async () => {
    const run = await play({ killAtVolume: 2 });
    expect(await volumesLeft(run)).toEqual([]);
    expect(ends(run)).toEqual(["stack: terraform.stack deleted", "sweep: ec2.volume deleted"]);
    expect(run.exitCode).toBe(5);
  });

  it("an empty state: the sweep finds all of it", async () => {
    const run = await play({ killAtVolume: 2, afterStep: (copy) => truncateSync(join(copy, "terraform.tfstate")) });
    expect(await volumesLeft(run)).toEqual([]);
    expect(ends(run)).toEqual([
      "stack: terraform.stack deleted",
      "sweep: ec2.volume deleted",
      "sweep: ec2.volume deleted",
    ]);
  });

  it("errored.tfstate: it is taken for the state, and destroyed by terraform itself", async () => {
    const rename = (copy: string) => renameSync(join(copy, "terraform.tfstate"), join(copy, "errored.tfstate"));
    const run = await play({ afterStep: rename });
    expect(await volumesLeft(run)).toEqual([]);
    expect(ends(run)).toEqual(["stack: terraform.stack deleted"]);
  });

  it("a lock that is held: the sweep takes what is tagged, and the stack is listed", async () => {
    const run = await play({ holdLock: true });
    expect(await volumesLeft(run)).toEqual([]);
    expect(ends(run)).toEqual([
      "stack: terraform.stack leaked",
      "sweep: ec2.volume deleted",
      "sweep: ec2.volume deleted",
    ]);
    expect(run.exitCode).toBe(6);
  });
});
