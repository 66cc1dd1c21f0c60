import * as z from "zod";
import type { Snapshot } from "@aws-sdk/client-ec2";
import { snapshotsWith } from "../../aws/watch/kinds/snapshots.ts";
import { Failure } from "../../engine/failure.ts";
import { kmsKeyShape, regionShape, snapshotIdShape, tagsShape } from "../aws-shapes.ts";
import { tagSpecifications } from "../../aws/tags.ts";
import { defineStep } from "../define-step.ts";
import type { DrillServices } from "../services.ts";
import { snapshotFacts, snapshotFactsShape } from "./snapshot-facts.ts";
import { untilCompleted } from "./snapshot-wait.ts";

const input = z.strictObject({
  snapshotId: snapshotIdShape.describe("The snapshot to copy; it must be completed"),
  sourceRegion: regionShape.optional().describe("Where it is; the primary Region when absent"),
  region: regionShape.optional().describe("Where the copy goes; the DR Region when absent"),
  encrypted: z.boolean().optional().describe("Encrypts the copy of an unencrypted snapshot"),
  kmsKeyId: kmsKeyShape.optional().describe("A key in the destination Region; its default EBS key when absent"),
  completionDurationMinutes: z
    .number()
    .int()
    .min(15)
    .max(2880)
    .multipleOf(15)
    .optional()
    .describe("Makes it a time-based copy, which costs extra"),
  description: z.string().max(255).optional(),
  tags: tagsShape.optional().describe("Tags besides those of the run; CopySnapshot carries none over"),
});
type Input = z.output<typeof input>;

export const copySnapshot = defineStep({
  uses: "ebs.copy-snapshot",
  does: "Copies a snapshot to the DR Region and waits until the copy is completed",
  input,
  output: z.object({
    ...snapshotFactsShape,
    sourceSnapshotId: z.string(),
    sourceStartTime: z.string().describe("ISO instant of the source snapshot: the point in time of the data"),
  }),
  permissions: [
    { actions: ["ec2:DescribeSnapshots"] },
    { actions: ["ec2:CopySnapshot"], resources: ["arn:aws:ec2:*::snapshot/*"], tagged: "on-create" },
    {
      actions: ["ec2:CreateTags"],
      resources: ["arn:aws:ec2:*::snapshot/*"],
      condition: { StringEquals: { "ec2:CreateAction": "CopySnapshot" } },
    },
    {
      actions: [
        "kms:DescribeKey",
        "kms:Decrypt",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
      ],
      resources: ["arn:aws:kms:*:{account}:key/*"],
    },
    {
      actions: ["kms:CreateGrant"],
      resources: ["arn:aws:kms:*:{account}:key/*"],
      condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ],
  creates: ["ec2.snapshot"],
  defaultTimeoutMs: 6 * 60 * 60_000,
  async run(ctx, given) {
    const [from, to] = [given.sourceRegion ?? ctx.regions.primary, given.region ?? ctx.regions.dr];
    const source = await completedSource(ctx.services, from, given.snapshotId);
    const made = await ctx.create("ec2.snapshot", { region: to }, async (_token, tags) => {
      // A blind retry could start a second copy: CopySnapshot has no idempotency token.
      const ec2 = await ctx.services.aws.ec2(to, { retries: false });
      const { SnapshotId: id = "" } = await ec2.copySnapshot({
        SourceRegion: from,
        SourceSnapshotId: given.snapshotId,
        Description: given.description ?? `[Copied ${given.snapshotId} from ${from}] gameday run ${ctx.runId}`,
        TagSpecifications: tagSpecifications({ ...given.tags, ...tags }, "snapshot"),
        ...encryptionOf(given),
      });
      return { id };
    });
    const facts = snapshotFacts(await untilCompleted(ctx, { region: to, snapshotId: made.id, what: "copy" }));
    const sourceStartTime = source.StartTime?.toISOString() ?? "";
    await ctx.recoveryPoint({
      basis: "drill-triggered",
      recoveryPointId: facts.snapshotId,
      sourceId: given.snapshotId,
      sourceStartTime,
      copyStartTime: facts.startTime,
      ...(facts.completionTime === undefined ? {} : { copyCompletionTime: facts.completionTime }),
      sizeBytes: facts.sizeBytes,
      encrypted: facts.encrypted,
      ...(facts.kmsKeyId === undefined ? {} : { kmsKeyId: facts.kmsKeyId }),
    });
    return { ...facts, sourceSnapshotId: given.snapshotId, sourceStartTime };
  },
});

/** `Encrypted: false` is not allowed, and a key needs `Encrypted: true`. */
function encryptionOf({ encrypted, kmsKeyId, completionDurationMinutes }: Input) {
  return {
    ...(encrypted || kmsKeyId !== undefined ? { Encrypted: true } : {}),
    ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
    ...(completionDurationMinutes === undefined ? {} : { CompletionDurationMinutes: completionDurationMinutes }),
  };
}

/** The source as it is, for its StartTime: the copy's own is the copy's. */
async function completedSource({ aws }: DrillServices, region: string, id: string): Promise<Snapshot> {
  const source = (await snapshotsWith({ aws, region }, [{ Name: "snapshot-id", Values: [id] }]))[0];
  if (source?.State === "completed") return source;
  throw new Failure({
    code: source ? "snapshot-not-completed" : "snapshot-not-found",
    message: source
      ? `${id} in ${region} cannot be copied: it is ${source.State}${source.StateMessage ? ` (${source.StateMessage})` : ""}`
      : `There is no own snapshot ${id} in ${region}`,
    fixer: "drill author",
    next: "name a completed snapshot: the output of ebs.create-snapshot",
    resourceId: id,
  });
}
