import type { ServiceScope } from "../../engine/step-kind.ts";
import { paceOf } from "../pace.ts";
import type { DrillServices } from "../services.ts";
import { TELL_HASHED } from "./block-script.ts";
import { newNonce } from "./host-script.ts";
import { runOnHost } from "./run-on-host.ts";

export interface HashedDevice {
  readonly region: string;
  readonly instanceId: string;
  /** What is being hashed, for people. */
  readonly what: string;
  /** How many bytes there are to hash; unknown ones cannot be told of. */
  readonly bytes: number | undefined;
}

/** SSM shows a command's output when it has ended, and a question takes a second command: not too many of those. */
const EVERY_MS = 30_000;
/** A question shortly before the end would only delay it. */
const TOO_LATE_MS = 10_000;
const QUESTION_SECONDS = 60;

/**
 * Tells how far a host's script is in a device, with rate and time left, until `work` is done. `work` gets the folder's name that the
 * script is to tell its progress in. What cannot be learnt is not told: it is no failure.
 */
export async function tellingProgress<T>(
  scope: ServiceScope,
  services: DrillServices,
  device: HashedDevice,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = `gameday-hashed-${newNonce()}`;
  const over = new AbortController();
  const telling =
    device.bytes === undefined ? undefined : tell(scope, services, { ...device, folder, over: over.signal });
  try {
    return await work(folder);
  } finally {
    over.abort();
    await telling;
  }
}

interface Told extends HashedDevice {
  readonly folder: string;
  readonly over: AbortSignal;
}

async function tell(scope: ServiceScope, services: DrillServices, device: Told): Promise<void> {
  const { clock } = scope;
  const bytes = device.bytes ?? 0;
  const began = clock.monotonic();
  for (;;) {
    await clock.sleep(EVERY_MS, device.over).catch(() => undefined);
    if (device.over.aborted) return;
    const elapsedMs = clock.monotonic() - began;
    const hashed = await hashedOnHost(scope, services, device).catch(() => 0);
    const fraction = hashed / bytes;
    const pace = paceOf({ bytes: hashed, elapsedMs, fraction });
    if (pace !== "") scope.progress(`${device.what}: ${(fraction * 100).toFixed(0)} %, ${pace}`, fraction);
    if (fraction > 0 && (elapsedMs * (1 - fraction)) / fraction < EVERY_MS + TOO_LATE_MS) return;
  }
}

async function hashedOnHost(
  scope: ServiceScope,
  services: DrillServices,
  { region, instanceId, what, folder }: Told,
): Promise<number> {
  const script = { values: { PROGRESS: folder }, body: TELL_HASHED };
  const run = { region, instanceId, purpose: `asking about ${what}`, script, timeoutSeconds: QUESTION_SECONDS };
  return Number((await runOnHost(scope, services, run)).told.get("hashed") ?? 0);
}
