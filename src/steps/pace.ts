import { formatDuration } from "../time/duration.ts";

export interface Pace {
  /** What has been hashed so far. */
  readonly bytes: number;
  readonly elapsedMs: number;
  /** How much of the whole that is, 0 to 1. */
  readonly fraction: number;
}

/** Rate and time left, for people: `230 MiB/s, about 29s left`. Empty before there is anything to tell. */
export function paceOf({ bytes, elapsedMs, fraction }: Pace): string {
  if (bytes <= 0 || elapsedMs <= 0 || fraction <= 0) return "";
  const rate = bytes / 2 ** 20 / (elapsedMs / 1_000);
  const leftMs = (elapsedMs * (1 - Math.min(1, fraction))) / fraction;
  return `${rate.toFixed(rate < 10 ? 1 : 0)} MiB/s, about ${formatDuration(Math.max(1_000, Math.round(leftMs / 1_000) * 1_000))} left`;
}
