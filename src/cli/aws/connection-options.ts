import type { ConnectionOptions } from "../../aws/connection.ts";
import type { Drill } from "../../drill/drill.ts";
import { systemClock } from "../../time/system-clock.ts";
import { endpointOptions, type ConfiguredEndpoints } from "./endpoint.ts";
import type { Io } from "../io.ts";
import type { RunFolder } from "../runs/run-folder.ts";

export interface ConnectionRequest {
  readonly drill: Drill;
  readonly folder: RunFolder;
  readonly io: Io;
  /** A profile of the user's AWS configuration. */
  readonly profile?: string | undefined;
  readonly endpoints: ConfiguredEndpoints;
}

/** How a run reaches AWS, or what stands in AWS's place. */
export function connectionOptions(request: ConnectionRequest): ConnectionOptions {
  const { drill, folder, io, profile, endpoints } = request;
  const named = profileOf(profile, io);
  return {
    clock: systemClock,
    stsRegion: drill.regions.primary,
    ...endpointOptions(endpoints),
    ...(named === undefined ? {} : { profile: named }),
    ...(drill.assumeRole ? { assumeRole: { ...drill.assumeRole, sessionName: `gameday-${folder.runId}` } } : {}),
  };
}

/** The profile that was named, or the environment's: what the SDK would take by itself, so that failures can name it. */
export function profileOf(profile: string | undefined, { env }: Io): string | undefined {
  return profile ?? (env["AWS_PROFILE"] || undefined);
}
