import * as z from "zod";
import { REGION_PATTERN } from "../regions/region-name.ts";
import { parseDuration } from "../time/duration.ts";
import { duration, patterned } from "./patterned.ts";
import { planSchema, reportersSchema } from "./plan-schema.ts";

/** Names that CEL or JavaScript keep for themselves. */
export const RESERVED_IDS: ReadonlySet<string> = new Set([
  ..."as break const continue else false for function if import in let loop null package namespace".split(" "),
  ..."return true var void while constructor prototype toString valueOf hasOwnProperty isPrototypeOf".split(" "),
  ..."propertyIsEnumerable toLocaleString".split(" "),
]);

const region = patterned({
  pattern: REGION_PATTERN,
  error: "not the name of an AWS Region",
  hint: "a Region is named like us-west-2; us-west-2a would be one of its Availability Zones",
});

const account = patterned({
  pattern: /^\d{12}$/,
  error: "not an AWS account id",
  hint: 'twelve digits, in quotes: "111122223333"',
});

const drillName = patterned({
  pattern: /^[a-z0-9-]{1,63}$/,
  error: "not a drill name",
  hint: "1 to 63 lower-case letters, digits and hyphens",
});

const stepId = patterned({
  pattern: /^[a-z][a-zA-Z0-9_]{0,63}$/,
  error: "not a step id",
  hint: "ids stand in expressions (steps.drCopy): a lower-case letter, then letters, digits and underscores; no reserved word",
  test: (id) => !RESERVED_IDS.has(id),
});

const cadence = patterned({
  pattern: /^(monthly|quarterly|yearly|(\d{1,6}d)?(\d{1,6}h)?(\d{1,6}m)?(\d{1,6}s)?(\d{1,6}ms)?)$/,
  error: "not a cadence",
  hint: "monthly, quarterly, yearly, or a duration: 30d",
  test: (text) => /^[mqy]/.test(text) || parseDuration(text) !== undefined,
});

const oneLine = patterned({
  pattern: /^[^\n\r]{1,200}$/,
  error: "not a name",
  hint: "one line of 1 to 200 characters",
});

const control = patterned({
  pattern: /^[a-z0-9][a-z0-9._-]*\/[!-~]{1,64}$/,
  error: "not a control",
  hint: "a framework, a slash and the control: soc2/A1.3",
});

const roleArn = patterned({
  pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/,
  error: "not the ARN of an IAM role",
  hint: "arn:aws:iam::111122223333:role/Name",
});

const stopAlarm = patterned({
  pattern: /^(arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:\d{12}:alarm:.{1,255}|(?!arn:)[ -~]{1,255})$/,
  error: "not a CloudWatch alarm",
  hint: "the alarm's name, when it is in the DR Region; else its ARN",
});

const externalId = patterned({
  pattern: /^[\w+=,.@:/-]{2,1224}$/,
  error: "not an external id",
  hint: "2 to 1,224 letters, digits and + = , . @ : / -",
});

const assumeRole = z
  .strictObject({
    roleArn: roleArn.describe("The role that every AWS call of the drill is made with"),
    externalId: externalId.optional(),
  })
  .describe("Assume this role before the first call; its session name is gameday-<run>");

const safety = z.strictObject({
  accounts: z
    .array(account)
    .min(1)
    .max(50)
    .describe("The only AWS accounts the drill may run in; any other is refused"),
  maxDuration: duration
    .optional()
    .describe("The whole run, teardown not counted, is aborted after this time; 24h by default"),
  teardownBudget: duration.optional().describe("Teardown's own time budget; 30m by default"),
  stopAlarms: z
    .array(stopAlarm)
    .min(1)
    .max(50)
    .optional()
    .describe("CloudWatch alarms, by name in the DR Region or by ARN: one that goes to ALARM stops the run"),
});

/** The drill file without its phases, which are checked entry by entry. */
export const frameSchema = z.strictObject({
  apiVersion: z.literal("gameday/v1"),
  name: drillName.describe("1 to 63 lower-case letters, digits and hyphens"),
  description: z.string().min(1).max(2_000).describe("What the drill proves, in a sentence"),
  objectives: z
    .strictObject({
      rto: duration.optional().describe("Recovery time objective: recover and verify must be done in this time"),
      rpo: duration.optional().describe("Recovery point objective: how old the recovered data may be"),
    })
    .optional(),
  regions: z.strictObject({
    primary: region.describe("The Region that is lost when recover begins"),
    dr: region.describe("The Region that the drill recovers in"),
    primaryLost: z
      .boolean()
      .optional()
      .describe("Whether calls to the primary Region are refused from recover on; true by default"),
  }),
  safety,
  onFailure: z
    .enum(["teardown", "keep"])
    .optional()
    .describe("What becomes of what a failed step leaves: torn down by default, or kept to be looked at"),
  keepFor: duration.optional().describe("For how long onFailure: keep means to keep it; 24h by default"),
  assumeRole: assumeRole.optional(),
  controls: z
    .array(control)
    .max(100)
    .optional()
    .describe("Controls of compliance frameworks that the drill is evidence for"),
  plan: planSchema.optional(),
  reporters: reportersSchema.optional(),
  cadence: cadence
    .optional()
    .describe("How often the drill is due: monthly, quarterly, yearly or a duration; history tells when it is next"),
  prepare: z.array(z.unknown()).optional().describe("Before the disaster: what must exist; not part of the RTA"),
  recover: z.array(z.unknown()).min(1).describe("The disaster is declared here: the RTO clock starts"),
  verify: z.array(z.unknown()).optional().describe("The RTO clock stops when the last of these has passed"),
  teardown: z
    .array(z.unknown())
    .optional()
    .describe("What the run made is destroyed always, newest first; steps here come before that"),
});

/** One step of a phase. */
export const stepSchema = z.strictObject({
  id: stepId.describe("Names the step's outputs in expressions: steps.<id>"),
  uses: z.string().describe("The step kind"),
  with: z.record(z.string(), z.unknown()).optional().describe("The step kind's input"),
  name: oneLine.optional().describe("What reports call the step"),
  if: z.union([z.string(), z.boolean()]).optional().describe("The step is skipped when this expression is false"),
  timeout: duration.optional().describe("The step fails when it takes longer"),
  target: duration.optional().describe("A time budget for this step; missing it is a finding, not a failure"),
  retry: z
    .strictObject({
      attempts: z.int().min(1).max(20).describe("Attempts in all, the first one included"),
      delay: duration.optional().describe("Between attempts; 10s by default"),
    })
    .optional(),
  forEach: z
    .union([z.string(), z.array(z.unknown())])
    .optional()
    .describe(
      "A list, or an expression that yields one: the step runs for each entry, seen as each.value and each.index",
    ),
  concurrency: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe("How many instances of a forEach run at once; 10 by default"),
  allowPrimary: z.boolean().optional().describe("The step may call the primary Region although it counts as lost"),
});

/** Steps that start together. */
export const parallelSchema = z.strictObject({ parallel: z.array(z.unknown()).min(1).max(50) });

export type Frame = z.output<typeof frameSchema>;
