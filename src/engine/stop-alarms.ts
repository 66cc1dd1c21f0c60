import type { Run } from "./run.ts";

/**
 * `safety.stopAlarms`: one that goes to ALARM does what a first Ctrl-C does. So does not being able to watch them any more: a drill
 * that asks for a guard does not go on without it. They are watched until teardown.
 */
export function watchStopAlarms<S>(run: Run<S>): { stop(): Promise<void> } {
  const { stopAlarms: alarms = [] } = run.drill.safety;
  const { stopAlarm } = run.deps;
  if (alarms.length === 0 || !stopAlarm) return { stop: async () => undefined };
  const done = new AbortController();
  const watching = stopAlarm(alarms, run.scope({ signal: done.signal })).then(
    (detail) => run.requestAbort("stop-alarm", detail),
    (error: unknown) => {
      if (!done.signal.aborted) return run.requestAbort("stop-alarm", `they cannot be watched: ${told(error)}`);
    },
  );
  return {
    stop: async () => {
      done.abort();
      await watching.catch(() => undefined);
    },
  };
}

function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
