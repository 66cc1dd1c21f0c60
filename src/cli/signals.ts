import type { AbortReason } from "../engine/run.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface SignalActions {
  /** The first signal: stop, tear down, end. */
  first(reason: AbortReason): void;
  /** Any further one: leave now. The words are printed; the process ends with the code, else with the signal's. */
  again(): { readonly words: string; readonly exitCode?: number };
}

/** Handles interrupts while a drill runs; the returned function gives them back to Node. */
export function onSignals(actions: SignalActions): () => void {
  let interrupted = false;
  const handlers = SIGNALS.map((signal) => {
    const handler = () => {
      if (interrupted) leaveNow(signal, actions);
      interrupted = true;
      actions.first(signal);
    };
    process.on(signal, handler);
    return { signal, handler };
  });
  return () => {
    for (const { signal, handler } of handlers) process.off(signal, handler);
  };
}

function leaveNow(signal: (typeof SIGNALS)[number], actions: SignalActions): never {
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  const { words, exitCode = codes[signal] } = actions.again();
  process.stderr.write(words);
  // oxlint-disable-next-line no-process-exit -- the second interrupt means: do not wait for anything any more
  process.exit(exitCode);
}

/** Resolves with the first interrupt. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, resolve);
  });
}
