import * as z from "zod";
import { openEnvelope, type OpenedEnvelope } from "./envelope.ts";
import {
  INTENT_TYPE,
  RESULT_TYPE,
  REVIEW_TYPE,
  type Intent,
  type Result,
  type Review,
  type Statement,
} from "./statements.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const subjectShape = z.object({ name: z.string(), digest: z.object({ sha256 }) });

const intentShape = z.object({
  run: z.string(),
  declaredAt: z.string(),
  drill: z.object({ name: z.string(), sha256 }),
  evidenceClass: z.enum(["live", "emulated"]),
  operator: z.string(),
  account: z.string(),
  objectives: z.object({ rtoMs: z.number().optional(), rpoMs: z.number().optional() }),
  ledger: z.object({ sequence: z.number(), previous: sha256 }),
});

const resultShape = z.object({
  result: z.enum(["PASSED", "WARNED", "FAILED"]),
  passedTests: z.array(z.string()),
  warnedTests: z.array(z.string()),
  failedTests: z.array(z.string()),
  gameday: z.object({
    run: z.string(),
    outcome: z.string(),
    exitCode: z.number(),
    evidenceClass: z.enum(["live", "emulated"]),
    startedAt: z.string(),
    finishedAt: z.string(),
    operator: z.string(),
    journal: z.object({ head: sha256, events: z.number() }),
    intent: sha256.optional(),
  }),
});

const reviewShape = z.object({
  run: z.string(),
  decision: z.enum(["accept", "reject"]),
  reviewer: z.string(),
  operator: z.string(),
  selfReviewed: z.boolean(),
  comment: z.string(),
  actions: z
    .array(
      z.object({
        deviation: z.string(),
        code: z.string(),
        owner: z.string(),
        due: z.string(),
        action: z.string().optional(),
      }),
    )
    .optional(),
  acceptedRisks: z.array(z.object({ deviation: z.string(), code: z.string(), reason: z.string() })).optional(),
  reviewedAt: z.iso.datetime(),
  previous: sha256.optional(),
  publicKey: z.string(),
});

/** A statement with the envelope it came in; its signature is not checked yet. */
export interface ReadStatement<P> {
  readonly envelope: OpenedEnvelope;
  readonly statement: Statement<P>;
}

/** Each reads one line; a string says what is wrong with it. */
export const readIntent = reader<Intent>(INTENT_TYPE, intentShape);
export const readResult = reader<Result>(RESULT_TYPE, resultShape);
export const readReview = reader<Review>(REVIEW_TYPE, reviewShape);

function reader<P>(type: string, predicate: z.ZodObject) {
  const shape = z.object({
    _type: z.literal("https://in-toto.io/Statement/v1"),
    subject: z.array(subjectShape).min(1),
    predicateType: z.literal(type),
    predicate,
  });
  return (line: string): ReadStatement<P> | string => {
    const envelope = openEnvelope(line);
    if (typeof envelope === "string") return envelope;
    const content = contentOf(envelope.body);
    const checked = shape.safeParse(content);
    if (!checked.success) return `it is not a statement of type ${type}: ${z.prettifyError(checked.error)}`;
    return { envelope, statement: content as Statement<P> };
  };
}

function contentOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
