import * as z from "zod";
import { PHASES } from "../../drill/drill.ts";
import { instant, list, ms, text, wallClock } from "./schema-parts.ts";

const phase = z.enum(PHASES);

export const phases = list(
  z.strictObject({
    phase,
    outcome: z.enum(["passed", "failed", "skipped", "aborted", "cut off"]),
    startedAt: instant,
    offsetMs: ms.describe("From the run's first event"),
    durationMs: ms,
    wallClock,
    inRta: z.boolean().describe("Counts toward the RTA"),
  }),
);

export const steps = list(
  z.strictObject({
    number: z.int().optional().describe("In the order the steps began; absent when it was not executed"),
    step: text("The id in the drill file"),
    instance: text("The id, with [index] when it comes of a forEach"),
    name: z.string().optional(),
    uses: text("The step kind"),
    phase,
    line: z.int().optional().describe("In the drill file, from 1"),
    status: z.enum(["passed", "failed", "timed-out", "skipped", "aborted", "cut off", "not executed"]),
    reason: z.string().optional(),
    startedAt: instant.optional(),
    endedAt: instant.optional(),
    offsetMs: ms.optional().describe("From the run's first event"),
    durationMs: ms.optional(),
    wallClock,
    targetMs: ms.optional(),
    targetMissed: z.boolean(),
    attempts: z.int(),
    peopleMs: ms,
    hydrationMs: ms.optional(),
    resourceId: z.string().optional().describe("The first resource it made"),
    resourceIds: list(z.string()).optional().describe("All resources it made, where there are several"),
    requestIds: z.int().describe("AWS calls of the step that have a request id; the journal has each"),
    failure: z.strictObject({ code: z.string(), message: z.string() }).optional(),
  }),
);

export const resources = list(
  z.strictObject({
    kind: z.string(),
    id: text("Or its token, where the id is not known"),
    region: z.string(),
    step: z.string(),
    state: z.enum(["intended", "created", "deleting", "deleted", "leaked", "kept"]),
    mayRemain: z.boolean(),
    reason: z.string().optional(),
    madeBy: z
      .string()
      .optional()
      .describe("What of the run has made it by itself: a lifecycle policy; absent otherwise"),
    neverMade: z.boolean().optional().describe("It was to be made; looked for, it was not there"),
    standsFor: z
      .string()
      .optional()
      .describe("It is no single resource: what it stands for. How many were found of it is in `found`"),
    found: z
      .int()
      .optional()
      .describe("How many resources a look for what it stands for has found; each is listed, too"),
  }),
);

export const announced = list(
  z.strictObject({
    step: text("The step instance"),
    kind: text("The resource kind that the plan said it would make"),
    looked: z.boolean().describe("It was looked for by the run's tag, and none was found; false: not everywhere"),
  }),
);
