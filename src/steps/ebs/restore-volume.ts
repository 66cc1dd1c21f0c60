import * as z from "zod";
import type { CreateVolumeCommandInput, Snapshot, Volume } from "@aws-sdk/client-ec2";
import { awsErrorCode } from "../../aws/error-codes.ts";
import { snapshotsWith } from "../../aws/watch/kinds/snapshots.ts";
import { Failure } from "../../engine/failure.ts";
import type { StepContext } from "../../engine/step-kind.ts";
import type { Tags } from "../../engine/tags.ts";
import { isoInstant } from "../../time/clock.ts";
import {
  kmsKeyShape,
  regionShape,
  snapshotIdShape,
  tagsShape,
  zoneElsewhere,
  zoneIdShape,
  zoneShape,
} from "../aws-shapes.ts";
import { tagSpecifications } from "../../aws/tags.ts";
import { defineStep } from "../define-step.ts";
import type { DrillServices } from "../services.ts";

type Context = StepContext<DrillServices>;

const input = z
  .strictObject({
    snapshotId: snapshotIdShape.describe("The copy to restore: completed, in the standard tier"),
    region: regionShape.optional().describe("Where the copy is; the DR Region when absent"),
    availabilityZone: zoneShape.optional().describe("Where the volume goes, by name; names differ between accounts"),
    availabilityZoneId: zoneIdShape.optional().describe("Where the volume goes, by id: the same in all accounts"),
    volumeType: z.enum(["gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"]).default("gp3"),
    sizeGiB: z.number().int().positive().optional().describe("At least the snapshot's; the snapshot's when absent"),
    iops: z.number().int().positive().optional(),
    throughput: z.number().int().positive().optional().describe("MiB/s, gp3 only"),
    encrypted: z.boolean().optional().describe("Encrypts a volume from an unencrypted snapshot"),
    kmsKeyId: kmsKeyShape.optional().describe("A key in the DR Region; the snapshot's key when absent"),
    initializationRate: z
      .number()
      .int()
      .min(100)
      .max(300)
      .optional()
      .describe("MiB/s at which EBS loads the data from the snapshot beforehand; costs extra"),
    tags: tagsShape.optional().describe("Tags besides those of the run"),
  })
  .refine(
    (given) => (given.availabilityZone === undefined) !== (given.availabilityZoneId === undefined),
    "give either availabilityZone or availabilityZoneId",
  )
  // EC2 API, CreateVolume: "This parameter is required for io1 and io2 volumes", and "is not supported for" the others.
  .refine(
    ({ volumeType, iops }) => !["io1", "io2"].includes(volumeType) || iops !== undefined,
    "io1 and io2 volumes need iops",
  )
  .refine(({ volumeType, iops }) => iops === undefined || ["gp3", "io1", "io2"].includes(volumeType), {
    path: ["iops"],
    message: "only gp3, io1 and io2 volumes take iops",
  })
  .refine(({ volumeType, throughput }) => throughput === undefined || volumeType === "gp3", {
    path: ["throughput"],
    message: "only gp3 volumes take throughput",
  });
type Input = z.output<typeof input>;

export const restoreVolume = defineStep({
  uses: "ebs.restore-volume",
  does: "Creates a volume from the DR copy in a DR Availability Zone",
  input,
  misplaced: zoneElsewhere,
  output: z.object({
    volumeId: z.string(),
    availabilityZone: z.string(),
    availabilityZoneId: z.string().optional(),
    sizeGiB: z.number(),
    encrypted: z.boolean(),
    kmsKeyId: z.string().optional(),
    createTime: z.string().describe("ISO instant, by EC2's own clock"),
    availableAt: z.string().describe("ISO instant at which it was seen available; that does not mean loaded"),
  }),
  permissions: [
    { actions: ["ec2:DescribeVolumes", "ec2:DescribeSnapshots", "kms:DescribeKey"] },
    { actions: ["ec2:CreateVolume"], resources: ["arn:aws:ec2:{dr}:{account}:volume/*"], tagged: "on-create" },
    { actions: ["ec2:CreateVolume"], resources: ["arn:aws:ec2:{dr}::snapshot/*"] },
    {
      actions: ["ec2:CreateTags"],
      resources: ["arn:aws:ec2:{dr}:{account}:volume/*"],
      condition: { StringEquals: { "ec2:CreateAction": "CreateVolume" } },
    },
    {
      actions: ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
      resources: ["arn:aws:kms:{dr}:{account}:key/*"],
    },
    {
      actions: ["kms:CreateGrant"],
      resources: ["arn:aws:kms:{dr}:{account}:key/*"],
      condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ],
  creates: ["ec2.volume"],
  defaultTimeoutMs: 30 * 60_000,
  async run(ctx, given) {
    const region = given.region ?? ctx.regions.dr;
    const snapshot = await restorable(ctx, region, given.snapshotId);
    await checkKey(ctx, region, given.kmsKeyId ?? snapshot.KmsKeyId);
    const made = await ctx.create("ec2.volume", { region }, async (token, tags) => {
      const ec2 = await ctx.services.aws.ec2(region);
      const { VolumeId: id = "" } = await ec2.createVolume(createInput(given, token, tags));
      return { id };
    });
    const volume = await untilAvailable(ctx, region, made.id, given.kmsKeyId ?? snapshot.KmsKeyId);
    return {
      volumeId: made.id,
      availabilityZone: volume.AvailabilityZone ?? "",
      ...(volume.AvailabilityZoneId === undefined ? {} : { availabilityZoneId: volume.AvailabilityZoneId }),
      sizeGiB: volume.Size ?? 0,
      encrypted: volume.Encrypted ?? false,
      ...(volume.KmsKeyId === undefined ? {} : { kmsKeyId: volume.KmsKeyId }),
      createTime: volume.CreateTime?.toISOString() ?? "",
      availableAt: isoInstant(ctx.clock.now()),
    };
  },
});

/** The API's own default type is gp2; ours is gp3. */
function createInput(given: Input, token: string, tags: Tags): CreateVolumeCommandInput {
  const { availabilityZone, availabilityZoneId, sizeGiB, iops, throughput, kmsKeyId, initializationRate } = given;
  return {
    SnapshotId: given.snapshotId,
    VolumeType: given.volumeType,
    ClientToken: token,
    TagSpecifications: tagSpecifications({ ...given.tags, ...tags }, "volume"),
    ...(availabilityZone === undefined ? {} : { AvailabilityZone: availabilityZone }),
    ...(availabilityZoneId === undefined ? {} : { AvailabilityZoneId: availabilityZoneId }),
    ...(sizeGiB === undefined ? {} : { Size: sizeGiB }),
    ...(iops === undefined ? {} : { Iops: iops }),
    ...(throughput === undefined ? {} : { Throughput: throughput }),
    ...(given.encrypted || kmsKeyId !== undefined ? { Encrypted: true } : {}),
    ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
    ...(initializationRate === undefined ? {} : { VolumeInitializationRate: initializationRate }),
  };
}

async function restorable({ services }: Context, region: string, id: string): Promise<Snapshot> {
  const found = await snapshotsWith({ aws: services.aws, region }, [{ Name: "snapshot-id", Values: [id] }]);
  const snapshot = found[0];
  const refuse = (code: string, message: string, next: string) =>
    new Failure({ code, message, fixer: "operator", next, resourceId: id });
  if (!snapshot) {
    throw refuse("snapshot-not-found", `There is no own snapshot ${id} in ${region}`, "is it in the Recycle Bin?");
  }
  if (snapshot.State !== "completed") {
    const why = snapshot.StateMessage ? ` (${snapshot.StateMessage})` : "";
    throw refuse(
      "snapshot-not-completed",
      `${id} in ${region} is ${snapshot.State}${why}`,
      "wait for it before recover",
    );
  }
  if (snapshot.StorageTier === "archive") {
    throw refuse(
      "snapshot-archived",
      `${id} in ${region} is in the archive tier, out of which a restore takes up to 72 hours`,
      `aws ec2 restore-snapshot-tier --region ${region} --snapshot-id ${id} --temporary-restore-days 7`,
    );
  }
  return snapshot;
}

/** EC2 accepts a volume whose key cannot be used, and lets it vanish later. Not being allowed to look is not a reason to stop. */
async function checkKey({ services }: Context, region: string, keyId: string | undefined): Promise<void> {
  if (keyId === undefined) return;
  const kms = await services.aws.kms(region);
  const state = await kms.describeKey({ KeyId: keyId }).then(
    ({ KeyMetadata }) => KeyMetadata?.KeyState,
    (error: unknown) => {
      if (awsErrorCode(error) === "AccessDeniedException") return "Enabled";
      throw error;
    },
  );
  if (state === "Enabled") return;
  throw new Failure({
    code: "kms-key-unusable",
    message: `The KMS key ${keyId} in ${region} is ${state}: what is encrypted with it cannot be restored`,
    fixer: "operator",
    next: `enable it, or cancel its deletion: aws kms enable-key --region ${region} --key-id ${keyId}`,
    resourceId: keyId,
  });
}

async function untilAvailable(ctx: Context, region: string, id: string, key: string | undefined): Promise<Volume> {
  const { seen } = await ctx.services.watch.until({
    region,
    kind: "ec2.volume",
    id,
    judge: ({ seen: volume }) => {
      if (!volume || volume.State === "deleted" || volume.State === "deleting")
        return { failed: vanished(region, id, key) };
      if (volume.State === "error") return { failed: inError(region, id) };
      return volume.State === "creating" ? "wait" : "done";
    },
  });
  return seen!;
}

/** "If the key cannot be used, CreateVolume succeeds and the volume disappears": only the createVolume event says why. */
function vanished(region: string, id: string, key: string | undefined): Failure {
  return new Failure({
    code: "volume-vanished",
    message: `${id} in ${region} has disappeared while it was being created: EC2 does that when the KMS key (${key ?? "the Region's EBS default key"}) cannot be used`,
    fixer: "operator",
    next: "check the key's state, its policy and kms:CreateGrant; EventBridge's createVolume event has the cause",
    resourceId: id,
  });
}

function inError(region: string, id: string): Failure {
  return new Failure({
    code: "volume-error",
    message: `${id} in ${region} is in state error`,
    fixer: "AWS",
    next: "restore again, in another Availability Zone",
    resourceId: id,
  });
}
