import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Failure } from "../../engine/failure.ts";
import { systemClock } from "../../time/system-clock.ts";
import { GAMEDAY_FOLDER } from "../runs/run-folder.ts";
import { takeLock } from "../runs/run-lock.ts";

/** The ledger of all runs below a working directory: one line a fact, chained by hashes, appended only. */
export function ledgerPath(cwd: string): string {
  return join(cwd, GAMEDAY_FOLDER, "ledger.jsonl");
}

export interface LedgerUser {
  readonly cwd: string;
  /** For whom: what others who have to wait are told. */
  readonly runId: string;
}

/** An append takes milliseconds; whoever holds the lock for so long is stuck. */
const PATIENCE_MS = 30_000;
const BETWEEN_LOOKS_MS = 20;

/** Runs work while no other process appends to the ledger. @throws Failure `ledger-busy` */
export async function withRunLedger<T>({ cwd, runId }: LedgerUser, work: () => Promise<T>): Promise<T> {
  const folder = join(cwd, GAMEDAY_FOLDER, "locks", "ledger");
  const until = systemClock.monotonic() + PATIENCE_MS;
  for (;;) {
    // Two processes may write of the same run, reviews for one.
    const release = await takeLock({ folder, runId: `${runId}-${randomUUID()}` }).catch((error: unknown) =>
      busy(error, until),
    );
    if (!release) continue;
    try {
      return await work();
    } finally {
      await release();
    }
  }
}

async function busy(error: unknown, until: number): Promise<undefined> {
  if (!(error instanceof Failure) || error.details.code !== "locked") throw error;
  if (systemClock.monotonic() < until) return void (await systemClock.sleep(BETWEEN_LOOKS_MS));
  throw new Failure({
    ...error.details,
    code: "ledger-busy",
    message: `the ledger of runs is held by another process: ${error.message}`,
    cause: error,
  });
}
