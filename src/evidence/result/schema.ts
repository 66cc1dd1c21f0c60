import * as z from "zod";
import { planSchema } from "../../drill/plan-schema.ts";
import { announced, phases, resources, steps } from "./schema-steps.ts";
import { deviation, fact, instant, list, ms, text, wallClock, wallClockCauses } from "./schema-parts.ts";

/** Grows by the rules of semantic versioning: a new member is a minor change, another meaning or a lost member a major one. */
export const RESULT_VERSION = "1.3.0";

export const VERDICT_WORDS = ["PASS", "PASS WITH DEVIATIONS", "FAIL", "INCONCLUSIVE", "ABORTED"] as const;

const verdict = z.strictObject({
  word: z.enum(VERDICT_WORDS).describe("What auditors read; a rehearsal's never counts for a live recovery"),
  outcome: text("The run's own, finer word"),
  exitCode: z.int(),
  reasons: list(z.string()).describe("Why, the deciding reason first"),
  warnings: list(z.string()),
});

const run = z.strictObject({
  id: text("ULID of the run"),
  mode: z.enum(["live", "rehearsal"]),
  endpoint: z
    .string()
    .optional()
    .describe("What stood in AWS's place; absent on AWS itself, and for a sandbox in gameday's own process"),
  notLive: z
    .string()
    .optional()
    .describe("Why the record does not show that the run took place on AWS; absent where it does"),
  startedAt: instant,
  endedAt: instant.optional().describe("Absent when the run was cut off"),
  lastEventAt: instant,
  durationMs: ms,
  period: text("The quarter the run began in"),
  events: z.int().describe("Events in the journal"),
  resumes: list(z.strictObject({ at: instant, gapMs: ms })),
  host: text("The machine it ran on"),
  account: z.string().optional(),
  caller: z.string().optional().describe("ARN of who made the calls"),
  clockOffsetMs: z.record(z.string(), z.number()).describe("This machine's clock minus that of AWS, by Region"),
  regions: z.strictObject({ primary: z.string(), dr: z.string(), primaryLost: z.boolean() }),
  versions: z.strictObject({ gameday: z.string(), node: z.string() }),
  tools: list(z.strictObject({ tool: z.string(), version: z.string(), from: z.string() })),
});

const drill = z.strictObject({
  name: z.string(),
  description: z.string(),
  file: text("Name of the drill file, without the folders above its own"),
  sha256: text("Of the drill file's bytes"),
  files: list(z.strictObject({ path: z.string(), sha256: z.string().optional() }))
    .optional()
    .describe(
      "Terraform's configuration and programs that steps use; one without a hash holds a secret, or looks like it",
    ),
  controls: list(z.string()),
});

const objective = z.strictObject({
  objective: z.enum(["RTO", "RPO"]),
  targetMs: ms,
  actualMs: ms.optional().describe("Measured past the target too; absent when it was not measured"),
  atLeastMs: ms.optional().describe("Not reached: the actual would be at least this"),
  met: z.boolean().optional(),
  marginMs: ms.optional().describe("Target minus actual: negative when missed"),
  usedFraction: z.number().optional(),
  atRisk: z.boolean().describe("Met, with more than 80 % of the target used"),
  warnsOnly: z.boolean().describe("The drill made the backup itself: a miss only warns, a hit proves nothing"),
});

const recoveryTime = z.strictObject({
  declaredAt: instant.describe("T0, the simulated disaster"),
  firstActionAt: instant.describe("T1"),
  availableAt: instant.describe("T2, the data are usable and not yet verified"),
  hydratedAt: instant.optional().describe("The first full read of the restored data was done"),
  verifiedAt: instant.describe("T3"),
  rtaMs: ms.describe("T3 minus T0, waits for people included"),
  wallClock,
  wallClockCauses,
  serviceRtaMs: ms
    .optional()
    .describe("RTA without the time until the ends that the services themselves tell of were seen"),
  machineMs: ms.describe("RTA without waits for people"),
  decisionMs: ms.describe("T0 to T1"),
  restoreMs: ms.describe("T1 to T2"),
  verifyMs: ms.describe("T2 to T3"),
  availableMs: ms.describe("T0 to T2"),
  hydratedMs: ms.optional().describe("T0 to the end of the first full read"),
  split: z
    .strictObject({ cutOffMs: ms, peopleMs: ms, retryMs: ms, awsMs: ms, ownMs: ms })
    .describe("What the RTA went into; the five add up to it"),
  criticalPath: list(
    z.strictObject({ instance: z.string(), phase: z.enum(["recover", "verify"]), durationMs: ms, gapMs: ms }),
  ),
});

const earlierPoint = z.strictObject({
  recoveryPointId: z.string(),
  pointInTime: instant,
  availableAt: instant,
  lagMs: ms,
  exposureMs: ms.optional().describe("From its point in time until the next one was available"),
});

const onePoint = z.strictObject({
  recoveryPointId: z.string().optional(),
  sourceId: z.string().optional(),
  sourceStartTime: instant.optional(),
  copyCompletionTime: instant.optional(),
  basis: z.enum(["scheduled", "drill-triggered"]).optional(),
  sizeBytes: z.number().optional(),
  encrypted: z.boolean().optional(),
  ageMs: ms.optional().describe("At the disaster, from the source's StartTime"),
  copyLagMs: ms.optional(),
});

const recoveryPoint = z.strictObject({
  recoveryPointId: z.string().optional(),
  sourceId: z.string().optional(),
  sourceStartTime: instant.optional().describe("The point in time of its data"),
  copyStartTime: instant.optional(),
  copyCompletionTime: instant.optional(),
  markerWrittenAt: instant.optional(),
  markerFoundAt: instant.optional().describe("Newest marker found in the restored data"),
  basis: z.enum(["scheduled", "drill-triggered"]).optional(),
  sizeBytes: z.number().optional(),
  encrypted: z.boolean().optional(),
  kmsKeyId: z.string().optional(),
  rpaMs: ms.optional().describe("What is held against the RPO; absent when nothing was recovered and verified"),
  ageMs: ms.optional().describe("Age of the recovery point at the disaster, recovered or not"),
  rpaAtLeastMs: ms.optional().describe("Disaster minus the source's StartTime: nothing younger can be in it"),
  rpaAtMostMs: ms
    .optional()
    .describe("Disaster minus the newest marker found: this old a write was proved to be in it"),
  measuredFrom: z.string().optional(),
  clocksApartMs: ms.optional().describe("The disaster seems to be before the recovery point: ages are unknown"),
  copyLagMs: ms.optional(),
  schedule: z
    .strictObject({ intervalMs: ms, startWindowMs: ms })
    .optional()
    .describe("Of the lifecycle policy: the longest time between two snapshots, and how late one may start"),
  scheduleWorstMs: ms
    .optional()
    .describe("The worst that the schedule allows: interval, start window and the copy's lag; of several the worst"),
  copyMs: ms.optional(),
  worstMs: ms.optional().describe("Worst-case RPO over the recovery points that were looked back on"),
  lookback: list(earlierPoint).optional(),
  all: list(onePoint)
    .optional()
    .describe("Where there are several: each, the oldest first; what is above is of the oldest"),
});

const check = z.strictObject({
  instance: z.string(),
  check: z.string(),
  passed: z.boolean(),
  proves: z.boolean().describe("Passed, while recovering or verifying, by a step that passed in the end"),
  at: instant,
  summary: z.string(),
  algorithm: z.string().optional(),
  expected: z.string().optional(),
  actual: z.string().optional(),
  counts: z.record(z.string(), z.number()),
  differences: list(z.string()),
});

const failure = z.strictObject({
  where: text("The step instance, or the run"),
  phase: z.string().optional(),
  line: z.int().optional().describe("In the drill file"),
  code: z.string(),
  message: z.string(),
  details: list(z.string()),
  fixer: z.string(),
  next: z.string().optional(),
  requestId: z.string().optional(),
});

const finding = z.strictObject({
  code: z.string(),
  severity: z.enum(["info", "warning", "critical"]),
  message: z.string(),
  instance: z.string().optional(),
  resourceId: z.string().optional(),
  at: instant,
});

const callCount = z.strictObject({
  service: z.string(),
  operation: z.string(),
  region: z.string(),
  count: z.int(),
  errors: z.int(),
  retries: z.int(),
  withRequestId: z.int(),
});

const pastRun = z.strictObject({
  runId: z.string(),
  startedAt: instant,
  word: z.enum(VERDICT_WORDS),
  simulated: z.boolean(),
  rtaMs: ms.optional(),
  wallClock: wallClock.optional(),
  rpaMs: ms.optional(),
});

const spread = z.strictObject({ n: z.int(), median: ms, least: ms, worst: ms });

/** How the drill stands after this run, all runs of its evidence class counted. */
const standing = z.strictObject({
  attempted: z.int().describe("All but the refused"),
  passed: z.int(),
  failed: z.int(),
  aborted: z.int(),
  incomplete: z.int().describe("Cut off: the journal has no end"),
  refused: z.int(),
  rta: spread.optional().describe("Of the runs that can be compared with this one, itself included"),
  rpa: spread.optional(),
  notComparable: z.int().describe("Runs that are not in these figures"),
  missRateBound: z.number().optional().describe("No run missed: with 95 % confidence fewer than this part would"),
  signal: z.string().optional().describe("This run is slower than all comparable ones before it, and by much"),
  changedSinceLastPass: z
    .boolean()
    .describe("The drill file, or a file that its steps use, is not the one that last passed before this run"),
  lastPass: z.string().optional().describe("The last run that passed before this one"),
  nextDue: instant.optional().describe("By the drill's cadence, from its last pass; absent without one"),
  overdueMs: ms.optional().describe("This run began so long after it was due"),
});

const control = z.strictObject({
  control: z.string(),
  meaning: z.string().optional(),
  strength: z.string().optional(),
  artefact: z.string().optional(),
  state: text("Evidenced, or why it is not"),
});

/** The machine-readable result of a run: all that any report prints. */
export const resultSchema = z
  .strictObject({
    schemaVersion: z.literal(RESULT_VERSION),
    renderedBy: z.string().optional().describe("The version of gameday that made this of the journal"),
    evidenceClass: z.enum(["live", "emulated"]).describe("emulated: a rehearsal, no evidence of a live recovery"),
    verdict,
    drill,
    run,
    plan: planSchema,
    objectives: list(objective),
    recoveryTime: recoveryTime.optional().describe("Absent when the recovery was not completed and verified"),
    disasterAt: instant.optional(),
    unfinishedRecoveryMs: ms.optional(),
    recoveryPoint,
    verifiedBytes: z.number().describe("The same data checked in several ways, and several copies of it, count once"),
    verifiedIn: z.enum(["restored data", "the copy"]).describe("The copy: nothing that was restored was read"),
    phases,
    steps,
    peopleWaits: list(
      z.strictObject({
        instance: z.string(),
        prompt: z.string(),
        confirmedBy: z.string().optional(),
        durationMs: ms,
        endedAt: instant,
      }),
    ),
    checks: list(check),
    failures: list(failure),
    findings: list(finding),
    deviations: list(deviation),
    resources,
    notSeen: announced.optional().describe("What the plan announced and nobody has seen; absent when there is none"),
    calls: list(callCount),
    history: list(pastRun).optional().describe("The last runs of the drill before this one, oldest first"),
    standing: standing.optional().describe("Absent where the earlier runs were not at hand"),
    controls: list(control),
    integrity: list(fact).describe("What vouches for this record"),
    review: list(fact).describe("Signed reviews"),
  })
  .describe("The result of one run of a gameday drill");

export type Result = z.output<typeof resultSchema>;
export type ResultVerdictWord = (typeof VERDICT_WORDS)[number];
export type PastRun = z.output<typeof pastRun>;
export type Standing = z.output<typeof standing>;
export type ControlState = z.output<typeof control>;

/** The JSON Schema of `result.json`. */
export function resultJsonSchema(): object {
  const schema = z.toJSONSchema(resultSchema, {
    target: "draft-2020-12",
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
    },
  });
  return { ...schema, title: `gameday result ${RESULT_VERSION}` };
}
