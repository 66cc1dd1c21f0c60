import type { RunStarted } from "./events.ts";

/** Whether the run had a sandbox of its own, in its process: nothing of that outlives the process. */
export function hadOwnSandbox({ mode, endpoint }: Pick<RunStarted, "mode" | "endpoint">): boolean {
  return mode === "rehearsal" && endpoint === undefined;
}
