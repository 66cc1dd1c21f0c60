/**
 * Calls `tick` about every `everyMs` real milliseconds, whatever a run's clock does, until the returned function is called.
 * For displays only: it neither keeps the process alive nor a virtual clock from jumping.
 */
export function ticker(everyMs: number, tick: () => void): () => void {
  const timer = setInterval(tick, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
