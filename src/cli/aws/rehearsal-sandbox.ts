import type { Drill } from "../../drill/drill.ts";
import { namedRegions } from "../drills/named-regions.ts";
import { Failure } from "../../engine/failure.ts";
import { startSandbox, type Sandbox, type SandboxOptions } from "../../sandbox/sandbox.ts";
import { seedExistingInstance } from "../../sandbox/seed.ts";
import type { VirtualClock } from "../../time/virtual-clock.ts";

export interface RehearsalSandboxOptions {
  readonly drill: Drill;
  readonly clock: VirtualClock;
  /** Absolute; whatever the sandbox writes goes there. */
  readonly folder: string;
  readonly port?: number;
  readonly allowUnconfinedScripts?: boolean;
  /** Faults to inject. */
  readonly interceptors?: SandboxOptions["interceptors"];
}

/** A sandbox with the drill's account, and in its primary Region the existing instance whose data volume the drill protects. */
export async function startRehearsalSandbox(options: RehearsalSandboxOptions): Promise<Sandbox> {
  const { drill, clock, folder, port, interceptors = [], allowUnconfinedScripts = false } = options;
  const [account] = drill.safety.accounts;
  const sandbox = await startSandbox({
    clock,
    folder,
    interceptors,
    allowUnconfinedScripts,
    // The account is imagined: it has opted in to wherever its drill plays.
    optedIn: [drill.regions.primary, drill.regions.dr, ...namedRegions(drill)],
    ...(account === undefined ? {} : { account }),
    ...(port === undefined ? {} : { port }),
  }).catch((error: unknown) => Promise.reject(asDiskFailure(error, folder)));
  try {
    await seedExistingInstance(sandbox, { region: drill.regions.primary, drRegion: drill.regions.dr });
    return sandbox;
  } catch (error) {
    // Its server would keep the process from ending.
    await sandbox.close().catch(() => undefined);
    throw asDiskFailure(error, folder);
  }
}

/** For the programs of a drill: the sandbox's settings and nobody else's, and that it is a rehearsal. */
export function rehearsalEnvironment({ environment }: Sandbox): Readonly<Record<string, string>> {
  return { ...environment, GAMEDAY_REHEARSAL: "1" };
}

/** A full disk is the operator's to put right; a program on a host tells of it in words alone. */
export function asDiskFailure(cause: unknown, folder: string): unknown {
  const full = /ENOSPC|EDQUOT|No space left on device/.test(cause instanceof Error ? cause.message : "");
  if (!full) return cause;
  return new Failure({
    code: "disk-full",
    message: `disk full: the sandbox cannot be written to ${folder}`,
    fixer: "operator",
    next: "make room there (a sandbox takes some 20 MB), or start gameday in a folder on another disk",
    cause,
  });
}
