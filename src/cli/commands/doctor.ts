import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type AwsConnection } from "../../aws/connection.ts";
import type { Drill } from "../../drill/drill.ts";
import { printable } from "../../drill/printable.ts";
import { EXIT_CODES } from "../../engine/exit-code.ts";
import { STEP_KINDS } from "../../steps/all.ts";
import { systemClock } from "../../time/system-clock.ts";
import { checkAws, checkEarlierRuns, checkFolder, checkNode, checkTerraform, type Check } from "../doctor-checks.ts";
import { profileOf } from "../aws/connection-options.ts";
import { endpointOptions, type ConfiguredEndpoints } from "../aws/endpoint.ts";
import { placeOfRun } from "../aws/place-of-run.ts";
import type { Io } from "../io.ts";
import { openDrill } from "../drills/open-drill.ts";
import { discoverTerraform, type TerraformDiscovery } from "../terraform/discovery.ts";

export interface DoctorOptions {
  /** As the user named it. With one, whatever it needs to run on AWS must be there. */
  readonly drill?: string | undefined;
  readonly profile?: string | undefined;
}

/** What the doctor asks; tests hand in their own. */
export interface Machine {
  readonly nodeVersion: string;
  connect(profile: string | undefined, endpoints: ConfiguredEndpoints): AwsConnection;
  discoverTerraform(io: Io, folder: string): Promise<TerraformDiscovery>;
}

const thisMachine: Machine = {
  nodeVersion: process.versions.node,
  connect: (profile, endpoints) =>
    connect({ clock: systemClock, ...endpointOptions(endpoints), ...(profile !== undefined && { profile }) }),
  discoverTerraform: ({ env, cwd }, folder) => discoverTerraform({ env, cwd, folder, homedir: homedir() }),
};

/**
 * Is this machine ready? One line each: ok, missing or note, why it matters and what to do. Changes nothing and needs no network.
 * Exit code 0 unless something asked for cannot work: rehearsals, or with a drill that drill on AWS.
 */
export async function doctor(options: DoctorOptions, io: Io, machine: Machine = thisMachine): Promise<number> {
  const drill = options.drill === undefined ? undefined : await openDrill(options.drill, STEP_KINDS, io);
  const region = drill?.regions.primary ?? io.env["AWS_REGION"] ?? io.env["AWS_DEFAULT_REGION"] ?? "us-east-1";
  const endpoints = await placeOfRun(io, { profile: options.profile, region });
  const checks = await examine({ options, io, machine, drill, region, endpoints });
  io.stdout.write(`${checks.flatMap(lines).map(printable).join("\n")}\n`);
  const missing = checks.filter((check) => check.state === "missing").length;
  io.stdout.write(missing === 0 ? "\nready\n" : `\n${missing} missing\n`);
  return missing === 0 ? EXIT_CODES.passed.code : EXIT_CODES.usage.code;
}

interface Examination {
  readonly options: DoctorOptions;
  readonly io: Io;
  readonly machine: Machine;
  readonly drill: Drill | undefined;
  readonly region: string;
  readonly endpoints: ConfiguredEndpoints;
}

async function examine({ options, io, machine, drill, region, endpoints }: Examination): Promise<readonly Check[]> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-doctor-"));
  const connection = machine.connect(profileOf(options.profile, io), endpoints);
  try {
    const [terraform, aws, writable, leftovers] = await Promise.all([
      machine.discoverTerraform(io, folder).then((found) => checkTerraform(found, drill)),
      checkAws(connection, region, drill),
      checkFolder(io.cwd),
      checkEarlierRuns(io.cwd),
    ]);
    return [...checkNode(machine.nodeVersion), ...terraform, ...aws, writable, ...leftovers];
  } finally {
    await Promise.all([connection.close(), rm(folder, { recursive: true, force: true })]);
  }
}

function lines({ state, says, why, next }: Check): readonly string[] {
  return [
    `${state.padEnd(8)} ${says}`,
    ...(why === undefined ? [] : [`         why:  ${why}`]),
    ...(next === undefined ? [] : [`         next: ${next}`]),
  ];
}
