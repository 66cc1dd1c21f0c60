import type { Clock } from "../time/clock.ts";

/** Takes note of an answer and of when its request was sent, in epoch milliseconds of our clock. */
export type HeaderReader = (response: unknown, sentAt: number) => void;

/** The Date header has whole seconds: on average the server's clock is half a second further. */
const HALF_A_SECOND_MS = 500;

/**
 * Measures our clock minus the server's from the Date header of one answer. `install` is given the reader; the function returned
 * tells the offset in milliseconds, 0 when the answer had no usable header or when the clocks cannot be told apart.
 */
export function clockOffset(clock: Clock, install: (reader: HeaderReader) => void): () => number {
  let offset = 0;
  install((response, sentAt) => {
    const date = Date.parse((response as { headers?: Record<string, string> })?.headers?.["date"] ?? "");
    if (Number.isNaN(date)) return;
    const measured = (sentAt + clock.now()) / 2 - (date + HALF_A_SECOND_MS);
    offset = Math.abs(measured) < HALF_A_SECOND_MS ? 0 : Math.round(measured);
  });
  return () => offset;
}
