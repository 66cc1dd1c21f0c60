import * as z from "zod";
import { regionShape, snapshotIdShape } from "../aws-shapes.ts";
import { defineStep } from "../define-step.ts";
import { keepManifest } from "../on-host/manifest-lines.ts";
import { manifestShape } from "../on-host/manifest-shape.ts";
import { paceOf } from "../pace.ts";

const input = z.strictObject({
  snapshotId: snapshotIdShape.describe("The snapshot"),
  region: regionShape.optional().describe("Where it is; the DR Region when absent"),
  concurrency: z.number().int().min(1).max(64).default(16).describe("Blocks read at once"),
});

export const hashSnapshot = defineStep({
  uses: "ebs.hash-snapshot",
  does: "Takes the block manifest of a snapshot through the EBS direct APIs, for verify-checksum to find on the restored device",
  input,
  output: z.object({
    manifest: manifestShape.describe("What verify-checksum expects in raw-device mode"),
    sizeGiB: z.number().describe("Size of the volume"),
  }),
  permissions: [
    { actions: ["ebs:ListSnapshotBlocks", "ebs:GetSnapshotBlock"], resources: ["arn:aws:ec2:*::snapshot/*"] },
    { actions: ["kms:Decrypt"], resources: ["arn:aws:kms:*:{account}:key/*"] },
  ],
  defaultTimeoutMs: 6 * 60 * 60_000,
  async run(ctx, { snapshotId, region = ctx.regions.dr, concurrency }) {
    const [{ listBlocks }, { manifestOfSnapshot }] = await ctx.clock.during(() =>
      Promise.all([import("./snapshot-blocks.ts"), import("./snapshot-manifest.ts")]),
    );
    const source = { aws: ctx.services.aws, clock: ctx.clock, region, snapshotId };
    const listed = await listBlocks(source);
    const began = ctx.clock.monotonic();
    const indices = (listed.volumeSizeGiB * 2 ** 30) / listed.blockSize;
    const manifest = await manifestOfSnapshot(source, listed, {
      concurrency,
      progress: (hashed, index) => {
        const [fraction, bytes] = [(index + 1) / indices, hashed * listed.blockSize];
        const pace = paceOf({ bytes, elapsedMs: ctx.clock.monotonic() - began, fraction });
        ctx.progress(`${hashed} written blocks hashed, ${pace}`, fraction);
      },
    });
    ctx.progress(`all ${manifest.blocks} written blocks hashed`, 1);
    return { manifest: await keepManifest(ctx, manifest), sizeGiB: listed.volumeSizeGiB };
  },
});
