import * as z from "zod";
import type { StepContext } from "../../engine/step-kind.ts";
import { regionShape, snapshotIdShape } from "../aws-shapes.ts";
import { defineStep } from "../define-step.ts";
import { keepManifest } from "../on-host/manifest-lines.ts";
import { manifestShape } from "../on-host/manifest-shape.ts";
import { paceOf } from "../pace.ts";
import type { DrillServices } from "../services.ts";
import type { BlockComparison, Side } from "./compare-blocks.ts";

type Context = StepContext<DrillServices>;

const input = z.strictObject({
  sourceSnapshotId: snapshotIdShape.describe("The source snapshot"),
  snapshotId: snapshotIdShape.describe("Its copy in the DR Region"),
  sourceRegion: regionShape.optional().describe("Where the source is; the primary Region when absent"),
  region: regionShape.optional().describe("Where the copy is; the DR Region when absent"),
  concurrency: z.number().int().min(1).max(64).default(16).describe("Blocks compared at once"),
});
type Input = z.output<typeof input>;

export const verifyBlocks = defineStep({
  uses: "ebs.verify-blocks",
  does: "Compares a snapshot with its copy block by block through the EBS direct APIs, without any host",
  input,
  output: z.object({
    blocks: z.number().describe("Blocks that were compared: those that at least one side has written"),
    bytes: z.number(),
    root: z.string().describe("SHA-256 over the SHA-256s of the blocks in index order"),
    manifest: manifestShape.describe("The copy's block manifest: what verify-checksum expects in raw-device mode"),
  }),
  permissions: [
    { actions: ["ebs:ListSnapshotBlocks", "ebs:GetSnapshotBlock"], resources: ["arn:aws:ec2:*::snapshot/*"] },
    { actions: ["kms:Decrypt"], resources: ["arn:aws:kms:*:{account}:key/*"] },
  ],
  reachesPrimary: true,
  defaultTimeoutMs: 6 * 60 * 60_000,
  async run(ctx, given) {
    const [left, right] = await Promise.all([
      sideOf(ctx, given.sourceRegion ?? ctx.regions.primary, given.sourceSnapshotId),
      sideOf(ctx, given.region ?? ctx.regions.dr, given.snapshotId),
    ]);
    const sameShape = left.listed.volumeSizeGiB === right.listed.volumeSizeGiB;
    if (!sameShape) return refuseShape(ctx, given, left, right);
    const { blockSize } = left.listed;
    const indices = (left.listed.volumeSizeGiB * 2 ** 30) / blockSize;
    const began = ctx.clock.monotonic();
    const { compareBlocks } = await ctx.clock.during(() => import("./compare-blocks.ts"));
    const compared = await compareBlocks(
      { left, right },
      {
        concurrency: given.concurrency,
        progress: (count, index) => {
          const [fraction, bytes] = [(index + 1) / indices, count * blockSize];
          const pace = paceOf({ bytes, elapsedMs: ctx.clock.monotonic() - began, fraction });
          ctx.progress(`${count} written blocks compared, ${pace}`, fraction);
        },
      },
    );
    ctx.progress(`all ${compared.compared} written blocks compared`, 1);
    await ctx.prove(checkOf(given, compared, blockSize));
    return {
      blocks: compared.compared,
      bytes: compared.compared * blockSize,
      root: compared.actual,
      manifest: await keepManifest(ctx, compared.manifest),
    };
  },
});

async function sideOf(ctx: Context, region: string, snapshotId: string): Promise<Side> {
  const { listBlocks } = await ctx.clock.during(() => import("./snapshot-blocks.ts"));
  const source = { aws: ctx.services.aws, clock: ctx.clock, region, snapshotId };
  return { source, listed: await listBlocks(source) };
}

async function refuseShape(ctx: Context, given: Input, left: Side, right: Side): Promise<never> {
  const [ours, theirs] = [left.listed.volumeSizeGiB, right.listed.volumeSizeGiB];
  const summary = `${given.snapshotId} is of a volume of ${theirs} GiB, ${given.sourceSnapshotId} of one of ${ours} GiB: it is no copy of it`;
  await ctx.prove({ check: "snapshot-blocks", passed: false, summary });
  throw new Error("a failed check ends its step");
}

function checkOf(given: Input, compared: BlockComparison, blockSize: number) {
  const { snapshotId: copy, sourceSnapshotId: source } = given;
  const passed = compared.differing === 0;
  const differences = compared.first.map((index) => `block ${index}, at byte ${index * blockSize}`);
  const more = compared.differing - differences.length;
  return {
    check: "snapshot-blocks",
    passed,
    summary: passed
      ? `all ${compared.compared} written blocks of ${copy} equal those of ${source}`
      : `${compared.differing} of ${compared.compared} blocks of ${copy} differ from ${source}`,
    algorithm: "sha256",
    expected: compared.expected,
    actual: compared.actual,
    counts: { blocks: compared.compared, differing: compared.differing, bytes: compared.compared * blockSize },
    ...(passed ? {} : { differences: more > 0 ? [...differences, `… and ${more} more`] : differences }),
  };
}
