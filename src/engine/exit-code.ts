/** The one table of exit codes: used by the engine's outcome, `--help` and the README (a test compares them). */
export const EXIT_CODES = {
  passed: { code: 0, meaning: "passed, and everything the run made is destroyed" },
  internal: { code: 1, meaning: "a bug in gameday" },
  usage: { code: 2, meaning: "wrong usage or an invalid drill file" },
  verification: { code: 3, meaning: "the recovered data is not verified: a check failed, or none was made (unproven)" },
  objective: { code: 4, meaning: "recovered and verified, but an objective was missed" },
  step: { code: 5, meaning: "a step failed or timed out" },
  leftovers: { code: 6, meaning: "resources may remain (wins over the others); each is listed by id" },
  refused: { code: 7, meaning: "refused by the guard before anything was changed" },
  evidence: { code: 8, meaning: "verify, ledger, bundle: not what was signed or chained, or not what was asked of it" },
  regression: { code: 9, meaning: "history: a regression signal, when asked to fail on one" },
  locked: { code: 11, meaning: "another run holds the lock" },
  unrecorded: { code: 12, meaning: "passed, but no evidence of it: its bundle, or its line in the ledger, is missing" },
  hungUp: { code: 129, meaning: "the terminal hung up (SIGHUP), torn down" },
  interrupted: { code: 130, meaning: "interrupted (SIGINT), torn down" },
  terminated: { code: 143, meaning: "terminated (SIGTERM), torn down" },
} as const satisfies Record<string, { code: number; meaning: string }>;
