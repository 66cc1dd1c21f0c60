import * as z from "zod";

const line = z.string().min(1).max(400);

const requirementShape = z.strictObject({
  when: line.describe("A CEL expression on the facts of a run; the row is evidenced only when it is true"),
  reason: line.describe("Continues “not evidenced by this run:” when it is not"),
});

const controlShape = z.strictObject({
  id: z.string().regex(/^[!-~]{1,64}$/),
  meaning: line.describe("What the control asks for, in our own words"),
  artefact: line.describe("Where in the bundle the evidence is"),
  strength: z
    .enum(["D", "S", "X"])
    .describe("D: what an assessor asks for. S: a part of it. X: must not be claimed from a drill"),
  requires: z.array(requirementShape).optional(),
  meets: line.optional().describe("A CEL expression: whether what the evidence shows is what the control asks for"),
  oscal: z
    .strictObject({ control: z.string(), objective: z.string() })
    .optional()
    .describe("The catalog's ids of the control and of one of its assessment objectives"),
});

/** A file of `controls/`: one framework, mapped to what a drill's bundle holds. */
export const frameworkShape = z.strictObject({
  framework: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/),
  title: line,
  version: line,
  note: line.optional(),
  controls: z.array(controlShape).min(1),
});

export type Framework = z.output<typeof frameworkShape>;
export type Control = Framework["controls"][number];
export type Strength = Control["strength"];
