import type { RunRecord } from "../engine/record.ts";

/** The calls of one operation in one Region. */
export interface CallCount {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly count: number;
  /** Calls that ended in an error. */
  readonly errors: number;
  /** Attempts beyond the first, made by the SDK. */
  readonly retries: number;
  /** Calls AWS gave a request id for: what can be looked up in CloudTrail. */
  readonly withRequestId: number;
}

/** Counts by operation, the most frequent first. */
export function countCalls(record: RunRecord): readonly CallCount[] {
  const counts = new Map<string, { -readonly [K in keyof CallCount]: CallCount[K] }>();
  for (const { service, operation, region, errorCode, attempts, requestId } of record.calls) {
    const key = `${service} ${operation} ${region}`;
    const known = counts.get(key);
    const count = known ?? { service, operation, region, count: 0, errors: 0, retries: 0, withRequestId: 0 };
    if (!known) counts.set(key, count);
    count.count++;
    if (errorCode !== undefined) count.errors++;
    count.retries += Math.max(0, attempts - 1);
    if (requestId !== undefined) count.withRequestId++;
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || keyOf(a).localeCompare(keyOf(b), "en"));
}

function keyOf(count: CallCount): string {
  return `${count.service} ${count.operation} ${count.region}`;
}
