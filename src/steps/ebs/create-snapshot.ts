import * as z from "zod";
import { regionShape, tagsShape } from "../aws-shapes.ts";
import { tagSpecifications } from "../../aws/tags.ts";
import { defineStep } from "../define-step.ts";
import { findVolume, oneVolumeNamed, volumeChoice } from "./find-volume.ts";
import { snapshotFacts, snapshotFactsShape } from "./snapshot-facts.ts";
import { untilCompleted } from "./snapshot-wait.ts";

export const createSnapshot = defineStep({
  uses: "ebs.create-snapshot",
  does: "Snapshots a volume and waits until the snapshot is completed",
  input: z
    .strictObject({
      ...volumeChoice,
      region: regionShape.optional().describe("Where the volume is; the primary Region when absent"),
      description: z.string().max(255).optional(),
      tags: tagsShape.optional().describe("Tags besides those of the run"),
    })
    .refine(...oneVolumeNamed),
  output: z.object({ ...snapshotFactsShape, volumeId: z.string() }),
  permissions: [
    { actions: ["ec2:DescribeVolumes", "ec2:DescribeSnapshots"] },
    { actions: ["ec2:CreateSnapshot"], resources: ["arn:aws:ec2:*::snapshot/*"], tagged: "on-create" },
    { actions: ["ec2:CreateSnapshot"], resources: ["arn:aws:ec2:*:{account}:volume/*"] },
    {
      actions: ["ec2:CreateTags"],
      resources: ["arn:aws:ec2:*::snapshot/*"],
      condition: { StringEquals: { "ec2:CreateAction": "CreateSnapshot" } },
    },
  ],
  creates: ["ec2.snapshot"],
  defaultTimeoutMs: 4 * 60 * 60_000,
  async run(ctx, given) {
    const region = given.region ?? ctx.regions.primary;
    const volume = await findVolume(ctx.services, region, given);
    const volumeId = volume.VolumeId ?? "";
    const made = await ctx.create("ec2.snapshot", { region }, async (_token, tags) => {
      // A blind retry could make a second one: CreateSnapshot has no idempotency token.
      const ec2 = await ctx.services.aws.ec2(region, { retries: false });
      const { SnapshotId: id = "" } = await ec2.createSnapshot({
        VolumeId: volumeId,
        Description: given.description ?? `gameday ${ctx.drillName} run ${ctx.runId}`,
        TagSpecifications: tagSpecifications({ ...given.tags, ...tags }, "snapshot"),
      });
      return { id };
    });
    const snapshot = await untilCompleted(ctx, { region, snapshotId: made.id, what: "snapshot" });
    const facts = snapshotFacts(snapshot);
    await ctx.recoveryPoint({ sourceId: facts.snapshotId, sourceStartTime: facts.startTime, basis: "drill-triggered" });
    return { ...facts, volumeId };
  },
});
