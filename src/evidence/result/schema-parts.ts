import * as z from "zod";

/** ISO, by the run's clock or by AWS. Not checked further: what AWS says is reported, not corrected. */
export const instant = z.string();

/** Milliseconds. */
export const ms = z.number();

/** Of a duration. */
export const wallClock = z
  .boolean()
  .describe(
    "The run was cut off in it and taken up again, or the machine slept, was paused or had its clock set ahead: measured by the wall clock, with the time that no steady clock saw",
  );

export function list<T extends z.ZodType>(of: T) {
  return z.array(of).readonly();
}

export const wallClockCauses = list(z.enum(["cut-off", "clock-jump"]))
  .optional()
  .describe(
    "Why it is wall-clock time: cut off and taken up again; the machine's clocks parted. Absent when it is not",
  );

export function text(description: string) {
  return z.string().describe(description);
}

export const fact = z.strictObject({ label: z.string(), value: z.string() });

/** What did not go as it should, with the fields an auditor asks for; people fill in the rest outside of the record. */
export const deviation = z.strictObject({
  id: text("Unique in the run: D-1"),
  severity: z.enum(["info", "warning", "critical"]),
  code: z.string(),
  description: z.string(),
  affects: z.string().optional().describe("The objective, step or resource it concerns"),
  action: z.string().optional().describe("The next thing to do"),
  fixer: z.string().optional().describe("What kind of person can put it right"),
  owner: z.string().optional().describe("Who owns the fix: by the last review, else by the drill's plan"),
  due: z.string().optional().describe("The day it is to be done by"),
  status: z.enum(["open", "action agreed", "risk accepted"]).describe("By the last review"),
});

export type Fact = z.output<typeof fact>;
export type Deviation = z.output<typeof deviation>;
