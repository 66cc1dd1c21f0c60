import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { awsFor } from "../../src/aws/aws-for.ts";
import { connect } from "../../src/aws/connection.ts";
import { watchFor } from "../../src/aws/watch/watch-for.ts";
import type { Drill, Step } from "../../src/drill/drill.ts";
import type { JournaledEvent } from "../../src/engine/events.ts";
import type { FailureRecord } from "../../src/engine/failure.ts";
import { startDrill, type RunningDrill } from "../../src/engine/run-drill.ts";
import { terraformStack } from "../../src/resources/terraform-stack.ts";
import { commandRun } from "../../src/steps/command/run.ts";
import { humanConfirm } from "../../src/steps/human/confirm.ts";
import type { DrillServices } from "../../src/steps/services.ts";
import { terraformApply } from "../../src/steps/terraform/apply.ts";
import type { TerraformSettings } from "../../src/terraform/settings.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";

export const FAKE_TERRAFORM = join(import.meta.dirname, "fixtures/terraform.mjs");

/** A temporary folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-terraform-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface RunOptions {
  readonly steps: readonly Step[];
  /** Files of the drill's folder, by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly terraform?: Partial<TerraformSettings>;
  readonly hostEnvironment?: DrillServices["hostEnvironment"];
  readonly awsEnvironment?: Readonly<Record<string, string>>;
  readonly confirm?: DrillServices["people"]["confirm"];
  readonly folder?: string;
  /** Name of the run's folder in `folder`; `run` when absent. */
  readonly runName?: string;
  readonly onEvent?: (event: JournaledEvent) => void;
}

export interface Rig extends RunningDrill {
  readonly events: JournaledEvent[];
  readonly runFolder: string;
  /** The whole journal as it is on disk. */
  journal(): Promise<string>;
}

/** Runs steps in `prepare`, in the real engine with the real resource kinds, on a virtual clock: only processes take time. */
export async function startRig(options: RunOptions): Promise<Rig> {
  const folder = options.folder ?? (await temporaryFolder());
  const drillFolder = join(folder, "drill");
  const runFolder = join(folder, options.runName ?? "run");
  await mkdir(join(drillFolder, "terraform"), { recursive: true });
  await mkdir(runFolder, { recursive: true });
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(drillFolder, name), text);
  const events: JournaledEvent[] = [];
  const clock = new VirtualClock();
  const connection = connect({ clock, credentials: { accessKeyId: "x", secretAccessKey: "x" } });
  onTestFinished(() => connection.close());
  const running = await startDrill(drillOf(options.steps, drillFolder), {
    runId: "01TEST",
    runFolder,
    clock,
    mode: "rehearsal",
    versions: { gameday: "0", node: "20" },
    process: { pid: 1, host: "test" },
    stepKinds: new Map([terraformApply, commandRun, humanConfirm].map((kind) => [kind.uses, kind])),
    // The other kinds would be looked for by tag, on an AWS that is not there.
    resourceKinds: new Map([[terraformStack.kind, terraformStack]]),
    services: (scope) => ({
      scope,
      aws: awsFor(connection, scope),
      watch: watchFor(connection, scope),
      people: { confirm: options.confirm ?? (async () => ({ by: "nobody" })) },
      terraform: { binary: FAKE_TERRAFORM, environment: { PATH: process.env["PATH"] ?? "" }, ...options.terraform },
      hostEnvironment: options.hostEnvironment ?? {},
      awsEnvironment: async () => options.awsEnvironment ?? { AWS_REGION: "us-east-1" },
    }),
    guard: async () => ({ account: "111122223333", arn: "arn:aws:iam::111122223333:user/test", clockOffsetMs: {} }),
    judge: () => ({ outcome: "passed", exitCode: 0 }),
    listeners: [(event) => events.push(event), ...(options.onEvent ? [options.onEvent] : [])],
  });
  return { ...running, events, runFolder, journal: () => readFile(join(runFolder, "journal.jsonl"), "utf8") };
}

function drillOf(steps: readonly Step[], folder: string): Drill {
  return {
    name: "test-drill",
    description: "",
    objectives: {},
    regions: { primary: "us-east-1", dr: "us-west-2", primaryLost: true },
    safety: { accounts: ["111122223333"], maxDurationMs: 600_000, teardownBudgetMs: 600_000 },
    controls: [],
    phases: { prepare: steps, recover: [], verify: [], teardown: [] },
    source: { path: join(folder, "drill.yaml"), folder, text: "", sha256: "0".repeat(64) },
  };
}

export function step(uses: string, input: Step["with"], more: Partial<Step> = {}): Step {
  return { id: "it", uses, with: input, ...more };
}

export const APPLY = step("terraform.apply", { directory: "terraform" });

/** A drill folder whose terraform does what `behaviour` says, command by command. */
export function fake(behaviour: Readonly<Record<string, readonly (readonly unknown[])[]>>): Record<string, string> {
  return { "terraform/fake.json": JSON.stringify(behaviour), "terraform/main.tf": "" };
}

export interface FakeCall {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What the fake terraform was asked for, in order; signals it got are commands, too. */
export async function callsOf(rig: Rig): Promise<readonly FakeCall[]> {
  const text = await readFile(join(rig.runFolder, "terraform/it/calls.log"), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as FakeCall);
}

/** What a fake terraform prints first. */
export const HELLO = ["hello"];

export async function failureOf(rig: Rig): Promise<FailureRecord> {
  const { record } = await rig.result;
  const failure = record.steps[0]?.failure;
  if (!failure) throw new Error("the step has not failed");
  return failure;
}
