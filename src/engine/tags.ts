/** The tags gameday puts on whatever it creates. Teardown, resume and cleanup select on these and on nothing else. */
export const RUN_TAG = "gameday:run";
export const DRILL_TAG = "gameday:drill";
export const STEP_TAG = "gameday:step";
/** The deterministic token of one logical create: how a resource is found again where AWS has no idempotency token. */
export const TOKEN_TAG = "gameday:token";

/** The ISO instant at which the run is over at the latest, teardown included: until then it may go on, whatever machine it is on. */
export const DEADLINE_TAG = "gameday:deadline";

/** On what a run has kept on purpose: the ISO instant until which it is meant to stay. */
export const EXPIRES_TAG = "gameday:expires";

export type Tags = Readonly<Record<string, string>>;
