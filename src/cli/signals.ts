import type { AbortReason } from "../engine/run.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface SignalActions {
  /** The first signal: stop, tear down, end. */
  first(reason: AbortReason): void;
  /** Any further one: leave now. Its result is printed; the process ends with the signal's code. */
  again(): string;
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
  process.stderr.write(actions.again());
  // oxlint-disable-next-line no-process-exit -- the second interrupt means: do not wait for anything any more
  process.exit(codes[signal]);
}

/** Resolves with the first interrupt. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, resolve);
  });
}
