import { isNotFound } from "../aws/error-codes.ts";
import type { LedgerEntry } from "../engine/resource-kind.ts";
import type { DrillServices } from "../steps/services.ts";

/** EC2 shows new resources late, by up to a minute (EC2 API, eventual consistency). */
const PAUSES_MS = [5_000, 10_000, 20_000, 30_000];

/**
 * Sends a deletion. That the thing is not found is believed after a minute only, for it may have been made just now; or at once
 * when its deletion was asked for before.
 */
export async function sendDeletion(
  { state }: LedgerEntry,
  { scope }: DrillServices,
  send: () => Promise<unknown>,
): Promise<void> {
  const pauses = state === "deleting" ? [] : PAUSES_MS;
  for (let tries = 0; ; tries++) {
    try {
      await send();
      return;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const pause = pauses[tries];
      if (pause === undefined) return;
      await scope.clock.sleep(pause, scope.signal);
    }
  }
}
