import type { RunRecord } from "../../engine/record.ts";
import { isAwsOrigin } from "../../regions/aws-origin.ts";
import type { EvidenceClass } from "./statements.ts";

/** What emulators call their account when nobody names one. */
const EMULATED_ACCOUNT = "000000000000";

/** Weighed by what was observed: where every request went, and who answered. */
export function evidenceClassOf(record: RunRecord): EvidenceClass {
  return whyNotLive(record) === undefined ? "live" : "emulated";
}

export interface Beginning {
  readonly mode: "live" | "rehearsal";
  readonly account: string | undefined;
  /** Whether it was AWS that answered all calls until now. */
  readonly allAws: boolean;
}

/** What a run can become evidence of, before it has begun. */
export function evidenceClass({ mode, account, allAws }: Beginning): EvidenceClass {
  return mode === "live" && account !== EMULATED_ACCOUNT && allAws ? "live" : "emulated";
}

/** In words, why a run's record does not show that all of it took place on AWS itself. Undefined: it does. */
export function whyNotLive({ run, identity, calls, finished }: RunRecord): string | undefined {
  if (run.mode === "rehearsal")
    return run.endpoint === undefined ? "it was a rehearsal on a sandbox" : `it ran at ${run.endpoint}`;
  if (identity?.account === EMULATED_ACCOUNT) return `its account is ${EMULATED_ACCOUNT}, as emulators call theirs`;
  if (finished && identity && calls.length === 0) return "its journal tells of no call to AWS";
  return elsewhere(calls);
}

/** A call without origins of its own went where the last one of its service and Region had gone. */
function elsewhere(calls: RunRecord["calls"]): string | undefined {
  const told = new Set<string>();
  for (const { service, operation, region, origins } of calls) {
    const place = `${service} ${region}`;
    if (!origins && !told.has(place))
      return `its journal does not tell where ${service}:${operation} in ${region} was sent`;
    if (!origins) continue;
    if (origins.length > 0) told.add(place);
    const other = origins.find((origin) => !isAwsOrigin(origin, { service, region }));
    if (other !== undefined) return `${service}:${operation} in ${region} was sent to ${other}`;
  }
  return undefined;
}
