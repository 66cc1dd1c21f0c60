import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import type { Json, JsonObject } from "../engine/resource-kind.ts";
import type { ServiceScope } from "../engine/step-kind.ts";
import { Failure } from "../engine/failure.ts";
import { assertDone, stateLost } from "./failures.ts";
import type { TerraformSettings } from "./settings.ts";
import { adoptErroredState, readState, removeState } from "./state.ts";
import { askJson, creationsIn, removeLogs, runCommand, waitForEarlierProcess, type Tool } from "./tool.ts";
import type { Transcript } from "./transcript.ts";
import { exists, stripWorkingCopy } from "./working-copy.ts";
import { readRegularFile } from "../engine/regular-file.ts";

const COMMON_FLAGS = ["-input=false", "-no-color"];
/** Tags in this form reach every aws provider block and alias of a configuration (provider 5.62 and later). */
const DEFAULT_TAG_VARIABLE = "TF_AWS_DEFAULT_TAGS_";

export interface ToolOptions {
  readonly settings: TerraformSettings;
  /** Absolute path of the working copy. */
  readonly folder: string;
  readonly scope: ServiceScope;
  /** Region, credentials and endpoint. */
  readonly awsEnvironment: Readonly<Record<string, string>>;
}

/** @throws Failure `terraform-missing`. */
export function terraformIn(options: ToolOptions): Tool {
  const { settings, folder, scope, awsEnvironment } = options;
  if (settings.binary === undefined) throw missing();
  const tags = Object.entries(scope.tags).map(([key, value]) => [DEFAULT_TAG_VARIABLE + key, value]);
  const environment = {
    ...settings.environment,
    ...awsEnvironment,
    ...(Object.fromEntries(tags) as Record<string, string>),
    // The run's own credentials, which the guard has seen, and no profile beside them.
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    TF_IN_AUTOMATION: "1",
    TF_INPUT: "0",
    CHECKPOINT_DISABLE: "1",
  };
  return { binary: settings.binary, folder, scope, environment };
}

/** Makes the working copy ready: providers and modules. */
export async function initialise(tool: Tool): Promise<void> {
  let command = await runCommand(tool, "init", [...COMMON_FLAGS, "-json"]);
  const { end, transcript } = command;
  // Terraform before 1.9 and older OpenTofu cannot do this in JSON.
  if (end.exitCode !== 0 && transcript.text.some((line) => line.includes("flag provided but not defined: -json"))) {
    command = await runCommand(tool, "init", COMMON_FLAGS);
  }
  await assertDone(tool, command);
}

export interface ToolVersions {
  /** `terraform` or `opentofu` … as the program names its version. */
  readonly terraform: string;
  /** Version by source address, for example `registry.terraform.io/hashicorp/aws`. */
  readonly providers: Readonly<Record<string, string>>;
  /** SHA-256 of the lock file that the providers were chosen by; absent where none was needed. */
  readonly lock?: string;
}

const versionAnswer = z.object({
  terraform_version: z.string(),
  provider_selections: z.record(z.string(), z.string()).default({}),
});

/** Of an initialised working copy. OpenTofu answers with the same field names. */
export async function toolVersions(tool: Tool): Promise<ToolVersions> {
  const answer = versionAnswer.safeParse(await askJson(tool, ["version", "-json"])).data;
  const lock = await lockDigest(tool);
  return {
    terraform: answer?.terraform_version ?? "unknown",
    providers: answer?.provider_selections ?? {},
    ...(lock === undefined ? {} : { lock }),
  };
}

async function lockDigest({ folder }: Tool): Promise<string | undefined> {
  const bytes = await readRegularFile(join(folder, ".terraform.lock.hcl")).catch(() => undefined);
  return bytes && createHash("sha256").update(bytes).digest("hex");
}

export interface Applied {
  readonly transcript: Transcript;
  /** Managed resource instances in the state. */
  readonly resources: number;
}

/** Applies the configuration. Doing it again in the same working copy changes only what is not yet as it should be. */
export async function apply(tool: Tool, parallelism?: number): Promise<Applied> {
  const flags = parallelism === undefined ? [] : [`-parallelism=${parallelism}`];
  const command = await runCommand(tool, "apply", [...COMMON_FLAGS, "-json", "-auto-approve", ...flags]);
  await assertDone(tool, command);
  const { transcript } = command;
  const state = await readState(tool.folder);
  if (state.is === "readable") return { transcript, resources: state.resources };
  // A configuration without resources and outputs has no state.
  if (state.is === "absent" && transcript.creations.size === 0) return { transcript, resources: 0 };
  throw stateLost(tool, `it is ${state.is} after an apply that succeeded`);
}

export interface StackOutputs {
  readonly plain: JsonObject;
  /** Terraform calls them sensitive: they must not reach the journal. */
  readonly sensitive: JsonObject;
}

const outputAnswer = z.record(z.string(), z.object({ sensitive: z.boolean().default(false), value: z.unknown() }));
type AnsweredOutputs = z.output<typeof outputAnswer>;

/**
 * The values of the outputs, null for those that are null: Terraform leaves these out of its answers. Sensitive ones, and what was too long
 * for a line of the UI, are asked for separately and never written to disk by us. @throws Failure `terraform-outputs-unreadable`
 */
export async function readOutputs(tool: Tool, { plannedOutputs, outputs }: Transcript): Promise<StackOutputs> {
  const isPlanned = (name: string) => plannedOutputs[name]?.action !== "delete";
  const names = [...new Set([...Object.keys(plannedOutputs).filter(isPlanned), ...Object.keys(outputs ?? {})])];
  const isSensitive = (name: string) => (outputs?.[name] ?? plannedOutputs[name])?.sensitive === true;
  const mustAsk = names.length > 0 && (outputs === undefined || names.some(isSensitive));
  const answered = mustAsk ? await askOutputs(tool) : {};
  const valueOf = (name: string) => {
    const known = isSensitive(name) ? answered[name] : (outputs ?? answered)[name];
    return [name, (known?.value ?? null) as Json] as const;
  };
  return {
    plain: Object.fromEntries(names.filter((name) => !isSensitive(name)).map(valueOf)),
    sensitive: Object.fromEntries(names.filter(isSensitive).map(valueOf)),
  };
}

async function askOutputs(tool: Tool): Promise<AnsweredOutputs> {
  const answer = outputAnswer.safeParse(await askJson(tool, ["output", "-json", "-no-color"]));
  if (!answer.success) throw outputsUnreadable();
  return answer.data;
}

/** Whether the working copy may have resources: in its state, or made by a Terraform that was killed before it wrote one. */
export async function mayHaveResources({ folder, scope }: Pick<Tool, "folder" | "scope">): Promise<boolean> {
  await waitForEarlierProcess({ folder, scope });
  const state = await readState(folder);
  if (state.is === "readable" && state.resources > 0) return true;
  if (state.is === "empty" || state.is === "unreadable") return true;
  return (await adoptErroredState(folder)) || (await creationsIn(folder)).untracked.length > 0;
}

/**
 * Destroys everything in the state. @throws Failure when that fails, and when something may exist that the state does not list.
 */
export async function destroy(tool: Tool): Promise<void> {
  await waitForEarlierProcess(tool);
  if (await adoptErroredState(tool.folder)) tool.scope.progress("using errored.tfstate, which is newer than the state");
  const state = await readState(tool.folder);
  if (state.is === "empty" || state.is === "unreadable") throw stateLost(tool, `the file is ${state.is}`);
  if (state.is === "readable" && state.resources > 0) await destroyListed(tool);
  const { untracked } = await creationsIn(tool.folder);
  if (untracked.length > 0) throw stateLost(tool, "terraform was killed while it created these", untracked);
  await stripWorkingCopy(tool.folder);
  // Without a state the logs are all that tells whether anything was begun.
  if (await isGone(tool.folder)) await removeLogs(tool.folder);
}

async function destroyListed(tool: Tool): Promise<void> {
  const flags = [...COMMON_FLAGS, "-json", "-auto-approve"];
  let command = await runCommand(tool, "destroy", flags);
  // The run's folder may have come from another machine, where the provider lies elsewhere.
  if (command.end.exitCode === 1 && needsInit(command.transcript)) {
    await initialise(tool);
    command = await runCommand(tool, "destroy", flags);
  }
  await assertDone(tool, command);
}

function needsInit(transcript: Transcript): boolean {
  return transcript.diagnostics.some((each) =>
    /terraform init|tofu init|required plugins/i.test(each.summary + each.detail),
  );
}

/**
 * Confirmed by the state: nothing is left in it, and nothing was begun of which it cannot tell. No state at all confirms it only where
 * nothing was ever begun.
 */
export async function isGone(folder: string): Promise<boolean> {
  const state = await readState(folder);
  if (!(await exists(folder))) return false;
  const { begun, untracked } = await creationsIn(folder);
  if (state.is === "readable") return state.resources === 0 && untracked.length === 0;
  return state.is === "absent" && begun.length === 0;
}

/** Takes everything out of a working copy that may hold a secret, once it is known by other means that nothing is left of the stack. */
export async function discardWorkingCopy(folder: string): Promise<void> {
  await stripWorkingCopy(folder);
  await removeState(folder);
  await removeLogs(folder);
}

function missing(): Failure {
  return new Failure({
    code: "terraform-missing",
    message: "neither terraform nor tofu is on the PATH",
    fixer: "operator",
    next: "install Terraform (https://developer.hashicorp.com/terraform/install) or OpenTofu, then gameday doctor",
  });
}

function outputsUnreadable(): Failure {
  return new Failure({
    code: "terraform-outputs-unreadable",
    message:
      "terraform output -json gave no answer that can be read (or more than 16 MiB), and the outputs are known in no other way",
    fixer: "operator",
    next: "gameday doctor shows which program is run as terraform; make very large outputs smaller",
  });
}
