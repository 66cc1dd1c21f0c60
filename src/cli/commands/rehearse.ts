import { rm } from "node:fs/promises";
import { connect } from "../../aws/connection.ts";
import type { Drill } from "../../drill/drill.ts";
import type { TerraformSettings } from "../../terraform/settings.ts";
import { VirtualClock } from "../../time/virtual-clock.ts";
import { removeAbandonedSandboxes, sandboxFolder } from "../runs/abandoned-sandboxes.ts";
import { chooseReporters, type ReporterOptions } from "../reports/choose-reporters.ts";
import { conduct } from "../conduct.ts";
import { giveBack } from "../give-back.ts";
import type { Io } from "../io.ts";
import { shippedLibrary } from "../drills/library.ts";
import { discover, terraformFor } from "../terraform/needs-terraform.ts";
import { openDrill } from "../drills/open-drill.ts";
import { rehearsedPeople } from "../people.ts";
import { rehearsalEnvironment, startRehearsalSandbox } from "../aws/rehearsal-sandbox.ts";
import { checkScriptsConfined } from "../aws/unconfined-scripts.ts";
import { createRunFolder, type RunFolder } from "../runs/run-folder.ts";
import { holdRun } from "../runs/run-lock.ts";

export interface RehearseOptions extends ReporterOptions {
  /** Scripts of hosts run even as root where nothing keeps them from the machine. */
  readonly allowUnconfinedScripts?: boolean;
  /** What a failed step leaves is kept instead of torn down. */
  readonly keepOnFailure?: boolean;
  /** As the user named it; chosen by what the machine has when absent. */
  readonly drill?: string;
}

const WITH_TERRAFORM = "ebs-cross-region";
const WITHOUT_TERRAFORM = "ebs-snapshot-copy";

/** Runs a drill, unchanged, on a sandbox of its own that holds what the drill expects to find. */
export async function rehearse(options: RehearseOptions, io: Io): Promise<number> {
  const { drill, terraform } = await chooseDrill(options.drill, io);
  await checkScriptsConfined(options.allowUnconfinedScripts, io);
  await removeAbandonedSandboxes(io.cwd);
  const run = await createRunFolder(io.cwd);
  const release = await holdRun(io.cwd, run.runId);
  try {
    return await rehearseIn(run, { drill, terraform }, options, io);
  } finally {
    await release();
  }
}

async function rehearseIn(
  run: RunFolder,
  { drill, terraform }: DrillChoice,
  options: RehearseOptions,
  io: Io,
): Promise<number> {
  const clock = new VirtualClock();
  const folder = sandboxFolder(run.path);
  const sandbox = await startRehearsalSandbox({
    drill,
    clock,
    folder,
    allowUnconfinedScripts: options.allowUnconfinedScripts ?? false,
  }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const connection = connect({ clock, endpoint: sandbox.endpoint, credentials: sandbox.credentials });
  try {
    const { exitCode } = await conduct({
      drill,
      mode: "rehearsal",
      folder: run,
      clock,
      connection,
      ownSandbox: true,
      rehearsalEnvironment: rehearsalEnvironment(sandbox),
      people: rehearsedPeople,
      terraform,
      key: options.key,
      keepOnFailure: options.keepOnFailure,
      reporting: await chooseReporters({ options, io, run, clock, connection, drill }),
      io,
    });
    return exitCode;
  } finally {
    await giveBack(io, "the sandbox could not be ended", () => sandbox.close());
    await giveBack(io, "the sandbox's folder stays", () => rm(folder, { recursive: true, force: true }));
  }
}

export interface DrillChoice {
  readonly drill: Drill;
  readonly terraform: TerraformSettings;
}

/** The drill that was named; else the one with Terraform where that can be had, else the same without, and why. */
export async function chooseDrill(name: string | undefined, io: Io): Promise<DrillChoice> {
  const { stepKinds } = await shippedLibrary();
  if (name !== undefined) {
    const drill = await openDrill(name, stepKinds, io);
    return { drill, terraform: await terraformFor(drill, io) };
  }
  const { settings, lacking } = await discover(io);
  if (lacking !== undefined)
    io.stderr.write(`Rehearsing ${WITHOUT_TERRAFORM}, the same drill without Terraform: ${lacking}.\n`);
  const drill = await openDrill(lacking === undefined ? WITH_TERRAFORM : WITHOUT_TERRAFORM, stepKinds, io);
  return { drill, terraform: settings };
}
