/** Resolves once the signal has aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Settles as `work` does, or rejects with the signal's reason as soon as it aborts; `work` itself goes on unheard. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = untilAborted(signal).then(() => Promise.reject(signal.reason));
  return Promise.race([work, stopped]);
}
