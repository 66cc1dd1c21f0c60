const busy = new Map<string, Promise<unknown>>();

/**
 * Runs `work` once nothing else of this process works in the folder. Each attempt of a step has a line in the ledger, all of them
 * share one working copy, and teardown destroys neighbours at the same time.
 */
export async function oneAtATime<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = busy.get(folder) ?? Promise.resolve();
  const mine = before.then(work, work);
  busy.set(folder, mine);
  try {
    return await mine;
  } finally {
    if (busy.get(folder) === mine) busy.delete(folder);
  }
}
