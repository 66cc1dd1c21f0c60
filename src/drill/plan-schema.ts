import * as z from "zod";
import { duration } from "./patterned.ts";

const someWords = z.string().min(1).max(2_000).optional();
const words = (description: string) => someWords.describe(description);

/** What people decide about a drill and no machine can find out. Reports print "not provided" for what is left out. */
export const planSchema = z
  // Built for the drills that have one: it takes as long as all the rest of the frame.
  .lazy(() =>
    z.strictObject({
      type: words("Restore test, functional, failover, full"),
      trigger: words("Why it is run now: scheduled, a change, an incident"),
      businessFunction: words("The business function that depends on what is recovered"),
      system: words("The system that is tested"),
      criticality: words("Its criticality tier"),
      owner: words("Who owns the data"),
      biaReference: words("Where the business impact analysis is"),
      runbook: words("The recovery plan or runbook, and its version"),
      changeReference: words("The change ticket"),
      scenario: words("What is supposed to have happened"),
      inScope: words("What is tested"),
      outOfScope: words("What is not tested"),
      sampling: words("How what is tested was chosen: population, rule, seed, sample"),
      assumptions: words("What the drill takes for granted"),
      assumedDetection: words("How long noticing and deciding is assumed to take: no drill measures it"),
      operator: words("Who runs it"),
      approver: words("Who approved it"),
      reviewer: words("Who is to review it: not the operator"),
      actionOwner: words("Who owns the fix of what goes wrong, unless a review names somebody else"),
      actionsWithin: duration
        .optional()
        .describe("How long after the run fixes are due, unless a review says otherwise: 30d"),
      participants: z
        .array(z.string().min(1).max(200))
        .max(100)
        .optional()
        .describe("Who takes part, with their roles"),
      classification: words("How confidential the report is"),
    }),
  )
  .describe("What an auditor asks and no machine knows; printed in the report");

/** Reports that can be written besides report.md, report.html and result.json, which always are. */
export const REPORTER_NAMES = ["junit", "csv", "otlp", "github"] as const;
export type ReporterName = (typeof REPORTER_NAMES)[number];

export const reportersSchema = z
  .array(z.enum(REPORTER_NAMES))
  .max(REPORTER_NAMES.length)
  .describe("Reports to write besides report.md, report.html and result.json");

type Defined<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

/** The `plan:` block of a drill file. */
export type DrillPlan = Defined<z.output<typeof planSchema>>;
