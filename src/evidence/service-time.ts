import type { Instant, RunRecord, StepRecord } from "../engine/record.ts";

/**
 * The RTA in milliseconds without the time until gameday saw what a service says had happened before: what each passed step of
 * `verify` waited for last counts from the service's own instant, on this machine's clock by its measured offset from AWS's. Work
 * after it counts in full. Undefined where no service gave an instant.
 */
export function serviceRtaMs(record: RunRecord, from: Instant): number | undefined {
  const verified = record.steps.filter(({ phase, outcome }) => phase === "verify" && outcome === "passed");
  const unseen = verified.map((step) => unseenMs(record, step));
  if (unseen.every((ms) => ms === undefined)) return undefined;
  const ends = verified.map(({ finishedAt }, index) => (finishedAt?.mono ?? 0) - (unseen[index] ?? 0));
  // Sums of fractions of a millisecond leave a tail that means nothing.
  return Math.round((Math.max(...ends) - from.mono) * 1_000) / 1_000;
}

/** From the service's instant of the last state that a step saw until it was seen; undefined for one that cannot be true. */
function unseenMs({ observations, identity }: RunRecord, { instance, startedAt }: StepRecord): number | undefined {
  const last = observations.findLast((observation) => observation.instance === instance);
  if (last?.serviceAt === undefined) return undefined;
  const offsetMs = identity?.clockOffsetMs[last.region] ?? 0;
  const ms = Date.parse(last.at.at) - (Date.parse(last.serviceAt) + offsetMs);
  return ms >= 0 && ms <= last.at.mono - startedAt.mono ? ms : undefined;
}
