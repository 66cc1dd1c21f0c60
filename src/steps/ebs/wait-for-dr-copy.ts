import * as z from "zod";
import type { LifecyclePolicy } from "@aws-sdk/client-dlm";
import type { Snapshot } from "@aws-sdk/client-ec2";
import type { RecoveryPoint } from "../../engine/facts.ts";
import type { StepContext } from "../../engine/step-kind.ts";
import { RUN_TAG, type Tags } from "../../engine/tags.ts";
import { formatDuration, parseDuration } from "../../time/duration.ts";
import { instantShape, tagsShape, volumeIdShape } from "../aws-shapes.ts";
import { tagsOf } from "../../aws/tags.ts";
import { defineStep } from "../define-step.ts";
import type { DrillServices } from "../services.ts";
import { earlierCopies } from "./earlier-copies.ts";
import { untilCopyAppears } from "./find-copy.ts";
import { findVolume } from "./find-volume.ts";
import {
  assertReachesDr,
  findPolicy,
  keptTooShort,
  policySchedule,
  policyWindow,
  whilePolicyWorks,
} from "./lifecycle-policy.ts";
import { carriedTags } from "./match-copy.ts";
import { snapshotFacts } from "./snapshot-facts.ts";
import { untilCompleted } from "./snapshot-wait.ts";
import { untilSourceAppears, type SourceWait } from "./wait-for-source.ts";

type Context = StepContext<DrillServices>;

const input = z.strictObject({
  sourceVolumeId: volumeIdShape.describe("The volume that the backup policy snapshots"),
  notBefore: instantShape
    .optional()
    .describe(
      "Only snapshots started since this ISO instant count: write-marker's writtenAt; the step's start when absent",
    ),
  tags: tagsShape.optional().describe("Tags that the copy must have; those of the source snapshot when absent"),
  policyId: z
    .string()
    .regex(/^policy-[0-9a-f]+$/)
    .optional()
    .describe("The lifecycle policy; the only one that targets the volume when absent"),
  stallAfter: z
    .string()
    .refine((text) => parseDuration(text) !== undefined, "must be a duration: 90m, 2h")
    .default("2h")
    .describe("How long copying may show no progress, or not begin"),
});
type Input = z.output<typeof input>;

export const waitForDrCopy = defineStep({
  uses: "ebs.wait-for-dr-copy",
  does: "Waits until the backup policy's next snapshot of a volume is copied to the DR Region",
  input,
  output: z.object({
    snapshotId: z.string().describe("The copy in the DR Region"),
    sourceSnapshotId: z.string(),
    sourceStartTime: z.string().describe("ISO instant of the source snapshot: the point in time of the data"),
    copyStartTime: z.string(),
    completionTime: z.string().optional(),
    sizeBytes: z.number(),
    volumeSizeGiB: z.number(),
    encrypted: z.boolean(),
    kmsKeyId: z.string().optional(),
    policyId: z.string().optional(),
  }),
  permissions: [
    { actions: ["ec2:DescribeSnapshots", "ec2:DescribeVolumes", "dlm:GetLifecyclePolicies"] },
    { actions: ["dlm:GetLifecyclePolicy"], resources: ["arn:aws:dlm:{primary}:{account}:policy/*"] },
  ],
  creates: ["ec2.snapshot"],
  defaultTimeoutMs: 27 * 60 * 60_000,
  async run(ctx, given) {
    const since = given.notBefore === undefined ? ctx.clock.now() : Date.parse(given.notBefore);
    const volume = await findVolume(ctx.services, ctx.regions.primary, { volumeId: given.sourceVolumeId });
    const policy = await findPolicy(ctx, given.policyId, tagsOf(volume.Tags));
    if (policy) assertReachesDr(policy, { volume, regions: ctx.regions });
    else await reportNoPolicy(ctx, given);
    const looked = { into: ctx.regions.dr, since };
    const window = await ctx.clock.during(() => policyWindow(policy, looked));
    const schedule = await ctx.clock.during(() => policySchedule(policy, looked));
    if (policy && !(window && schedule)) await reportUnreadable(ctx, policy);
    const keptMs = await ctx.clock.during(() => keptTooShort(policy, looked));
    if (policy && keptMs !== undefined) await reportKeptTooShort(ctx, policy, keptMs);
    const waited = await whilePolicyWorks(ctx, { id: policy?.PolicyId, window }, (signal) =>
      followCopy(ctx, given, { since, policy, into: ctx.regions.dr, window, signal }),
    );
    return outputsOf(ctx, { policy, schedule, ...waited });
  },
});

async function reportNoPolicy(ctx: Context, { sourceVolumeId }: Input): Promise<void> {
  await ctx.finding({
    code: "no-lifecycle-policy",
    severity: "warning",
    message: `No single lifecycle policy is known to snapshot ${sourceVolumeId}: a backup that never comes is only noticed when the time budget ends`,
    resourceId: sourceVolumeId,
  });
}

async function reportUnreadable(ctx: Context, { PolicyId: id = "", PolicyDetails }: LifecyclePolicy): Promise<void> {
  const rules = (PolicyDetails?.Schedules ?? []).map(({ CreateRule: rule }) => rule?.CronExpression ?? "no times");
  await ctx.finding({
    code: "schedule-unreadable",
    severity: "warning",
    message: `gameday cannot read when ${id} makes snapshots from now on (${rules.join("; ")}): one that never comes is only noticed when the time budget ends, and the RPO's worst case is not known`,
    resourceId: id,
  });
}

async function reportKeptTooShort(ctx: Context, { PolicyId: id = "" }: LifecyclePolicy, keptMs: number): Promise<void> {
  await ctx.finding({
    code: "copies-kept-too-short",
    severity: "warning",
    message: `${id} keeps its copies in ${ctx.regions.dr} for ${formatDuration(keptMs)}, and the next may come later than that: in between there is nothing to recover from, whatever the RPO says`,
    resourceId: id,
  });
}

interface Followed {
  readonly source: Snapshot;
  readonly copy: Snapshot;
}

/** The source first, for its StartTime is the recovery point and may be out of reach after a disaster; then the copy. */
async function followCopy(ctx: Context, given: Input, following: Omit<SourceWait, "volumeId">): Promise<Followed> {
  const { signal } = following;
  const stallMs = parseDuration(given.stallAfter)!;
  const appeared = await untilSourceAppears(ctx, { ...following, volumeId: given.sourceVolumeId });
  const sourceId = appeared.SnapshotId ?? "";
  await keepInLedger(ctx, ctx.regions.primary, appeared);
  ctx.progress(`found the source snapshot ${sourceId}`);
  await ctx.recoveryPoint({ sourceId, sourceStartTime: appeared.StartTime!.toISOString(), basis: "scheduled" });
  const common = { signal, stallMs };
  const { primary, dr } = ctx.regions;
  const source = await untilCompleted(ctx, {
    ...common,
    region: primary,
    snapshotId: sourceId,
    what: "source snapshot",
  });
  const tags: Tags = given.tags ?? carriedTags(source);
  const found = await untilCopyAppears(ctx, { source: { snapshot: source, tags }, stallMs, signal });
  const copyId = found.SnapshotId ?? "";
  await keepInLedger(ctx, dr, found);
  ctx.progress(`found its copy ${copyId} in ${dr}`);
  const copy = await untilCompleted(ctx, { ...common, region: dr, snapshotId: copyId, what: "DR copy" });
  return { source, copy };
}

/**
 * A snapshot that carries this run's tag was made by the run's own policy, which leaves it behind when it is deleted: it is
 * entered in the ledger, so that teardown takes it away. Anybody else's snapshot is left alone.
 */
async function keepInLedger(
  ctx: Context,
  region: string,
  { SnapshotId: id = "", Tags: tags, VolumeSize: volumeSizeGib = 0 }: Snapshot,
): Promise<void> {
  if (tagsOf(tags)[RUN_TAG] !== ctx.runId) return;
  const attributes = { madeBy: "lifecycle policy", volumeSizeGib };
  await ctx.create("ec2.snapshot", { region, attributes }, async () => ({ id }));
}

interface Copied extends Followed {
  readonly policy: LifecyclePolicy | undefined;
  readonly schedule: RecoveryPoint["schedule"] | undefined;
}

async function outputsOf(ctx: Context, { policy, schedule, source, copy }: Copied) {
  const { snapshotId, startTime, ...facts } = snapshotFacts(copy);
  const sourceStartTime = source.StartTime?.toISOString() ?? "";
  const sourceSnapshotId = source.SnapshotId ?? "";
  await ctx.recoveryPoint({
    basis: "scheduled",
    ...(schedule ? { schedule } : {}),
    lookback: await earlierCopies(ctx, { snapshot: source, tags: carriedTags(source) }),
    recoveryPointId: snapshotId,
    sourceId: sourceSnapshotId,
    sourceStartTime,
    copyStartTime: startTime,
    ...(facts.completionTime === undefined ? {} : { copyCompletionTime: facts.completionTime }),
    sizeBytes: facts.sizeBytes,
    encrypted: facts.encrypted,
    ...(facts.kmsKeyId === undefined ? {} : { kmsKeyId: facts.kmsKeyId }),
  });
  return {
    ...facts,
    snapshotId,
    sourceSnapshotId,
    sourceStartTime,
    copyStartTime: startTime,
    ...(policy?.PolicyId === undefined ? {} : { policyId: policy.PolicyId }),
  };
}
