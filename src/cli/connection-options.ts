import type { ConnectionOptions } from "../aws/connection.ts";
import type { Drill } from "../drill/drill.ts";
import { systemClock } from "../time/system-clock.ts";
import type { Io } from "./io.ts";
import type { RunFolder } from "./run-folder.ts";

export interface ConnectionRequest {
  readonly drill: Drill;
  readonly folder: RunFolder;
  readonly io: Io;
  /** A profile of the user's AWS configuration. */
  readonly profile?: string | undefined;
}

/** How a live run reaches AWS; with AWS_ENDPOINT_URL set, what answers there. */
export function connectionOptions({ drill, folder, io, profile }: ConnectionRequest): ConnectionOptions {
  const endpoint = io.env["AWS_ENDPOINT_URL"];
  return {
    clock: systemClock,
    stsRegion: drill.regions.primary,
    ...(endpoint ? { endpoint } : {}),
    ...(profile === undefined ? {} : { profile }),
    ...(drill.assumeRole ? { assumeRole: { ...drill.assumeRole, sessionName: `gameday-${folder.runId}` } } : {}),
  };
}
