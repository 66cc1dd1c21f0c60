import * as z from "zod";
import { REGION_PATTERN } from "../../regions/region-name.ts";

/** `ec2:CreateVolume`, `ec2:Describe*`, `*`; `reads` and `writes` stand for what changes nothing and for everything else. */
const pattern = z
  .string()
  .regex(/^(\*|reads|writes|[a-z0-9-]{1,40}:[A-Za-z0-9*?]{1,80})$/, "not an operation: ec2:CreateVolume, ec2:*, reads");
const patterns = z.union([pattern, z.array(pattern).min(1).max(100)]).transform((given) => [given].flat());

/** Which calls a fault strikes. */
const strikes = {
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,59}$/, "a name is lower case letters, digits and hyphens")
    .describe("What the matrix calls it"),
  says: z.string().min(1).max(200).describe("What happens, for people"),
  on: patterns.prefault("*").describe("The operations it can strike"),
  region: z.string().regex(REGION_PATTERN).optional().describe("Only calls to this Region"),
  since: patterns.optional().describe("Not before one of these operations has been called; that call counts already"),
  from: z.int().min(1).max(100_000).default(1).describe("The first of those calls that it strikes"),
  times: z
    .union([z.int().min(1).max(100_000), z.literal("always")])
    .default(1)
    .describe("How many calls it strikes"),
  spreads: z.boolean().default(false).describe("From its first strike on it strikes every call of any operation"),
};

/** Whether the call has taken effect when it happens. */
const when = z.enum(["before", "after"]).default("before").describe("Before or after the call has taken effect");

function does<K extends string, S extends z.ZodRawShape>(kind: K, more: S) {
  return z.strictObject({ ...strikes, does: z.literal(kind), ...more });
}

export const faultSchema = z.discriminatedUnion("does", [
  does("throttle", {}),
  does("server-error", { when }),
  does("html", { when }),
  does("reset", { when }),
  does("hang", { when }),
  does("truncate", {}),
  does("deny", {}),
  does("expire", {}),
  does("skew", { minutes: z.int().min(-1440).max(1440).describe("How far AWS's clock is ahead of ours") }),
  does("hide", {
    seconds: z.int().min(1).max(3_600).describe("For how long nobody sees what was made"),
    lost: z.boolean().default(false).describe("The answer to the create gets lost, too"),
  }),
  does("stick", {}),
  does("fail", { reason: z.string().max(200).default("Internal error") }),
  does("error", {
    code: z.string().regex(/^[A-Za-z][\w.]{0,99}$/),
    message: z.string().max(400),
    status: z.int().min(400).max(599).default(400),
  }),
]);

/** One thing that goes wrong, declared as data. */
export type DeclaredFault = z.output<typeof faultSchema>;

export const faultFileSchema = z.strictObject({
  says: z.string().min(1).max(300).describe("What the set is about"),
  faults: z.array(faultSchema).min(1).max(200),
});

export type FaultFile = z.output<typeof faultFileSchema>;
