import * as z from "zod";
import type { StepContext } from "../../engine/step-kind.ts";
import { instanceIdShape, regionShape, volumeIdShape } from "../aws-shapes.ts";
import { defineStep } from "../define-step.ts";
import { BLOCK_ALGORITHM, BLOCK_BYTES, differingBlocks } from "../../checksums/block-manifest.ts";
import { Failure } from "../../engine/failure.ts";
import { RUN_TAG } from "../../engine/tags.ts";
import { contentsFrom, layoutDifferences, partitionShape } from "../on-host/device-contents.ts";
import { compareManifests, describeDifference } from "../on-host/compare-manifests.ts";
import { tellingProgress } from "../on-host/hash-progress.ts";
import { fetchLines, loadLines, PIECE_VALUES } from "../on-host/manifest-lines.ts";
import { manifestShape, pathLines } from "../on-host/manifest-shape.ts";
import { newestMarker, type Marker } from "../on-host/marker.ts";
import { HOST_PERMISSIONS, runOnHost, type HostAnswer } from "../on-host/run-on-host.ts";
import { turnValues } from "../on-host/take-turn.ts";
import { VERIFY_SCRIPT } from "../on-host/verify-script.ts";
import { deviceValues } from "../on-host/volume-device.ts";
import type { DrillServices } from "../services.ts";
import { attachmentOf, findVolume } from "./find-volume.ts";
import { initializationOf } from "./initialization.ts";

type Context = StepContext<DrillServices>;

const input = z.strictObject({
  volumeId: volumeIdShape.describe("The restored volume, attached to the host and not mounted"),
  instanceId: instanceIdShape.describe("The host"),
  region: regionShape.optional().describe("Where they are; the DR Region when absent"),
  mode: z
    .enum(["files", "raw-device"])
    .default("files")
    .describe("Compare a manifest of the files, or the hash of the whole device taken before any mount"),
  partition: partitionShape
    .optional()
    .describe("Which partition's file system, where the volume has several; 0 for one on the device as a whole"),
  expect: manifestShape.describe(
    "For files: write-marker's `manifest`. For raw-device: its `raw`, or the `manifest` of hash-snapshot or verify-blocks",
  ),
});
type Input = z.output<typeof input>;

export const verifyChecksum = defineStep({
  uses: "ebs.verify-checksum",
  does: "Hashes a restored volume on a host, read-only, and compares the hash with the one taken at the source",
  input,
  output: z.object({
    root: z.string().describe("The SHA-256 that was found: equal to the expected one"),
    files: z.number().optional(),
    blocks: z
      .number()
      .optional()
      .describe("Blocks of the device that are not all zeros, where it was hashed by blocks"),
    bytes: z.number().describe("Bytes that were hashed"),
    layout: z
      .string()
      .optional()
      .describe("What is on the device: each partition's number (0: the device as a whole) and the type blkid names"),
    logReplayed: z
      .string()
      .optional()
      .describe(
        "The type of file system whose log the host replayed to look at the files: the snapshot was of a live one",
      ),
    markerFoundAt: z.string().optional().describe("The writtenAt of the marker found in the restored data"),
    hydrationMs: z.number().describe("How long the first full read took, the volume's lazy loading included"),
    initialization: z
      .object({ type: z.string(), progress: z.number().optional() })
      .optional()
      .describe("What EBS itself says of loading the volume: progress is 0 to 1, up to 5 minutes old"),
  }),
  permissions: [{ actions: ["ec2:DescribeVolumes", "ec2:DescribeVolumeStatus"] }, ...HOST_PERMISSIONS],
  defaultTimeoutMs: 4 * 60 * 60_000,
  async run(ctx, given) {
    const region = given.region ?? ctx.regions.dr;
    assertComparable(given);
    ctx.progress(`hashing ${given.volumeId} on ${given.instanceId}`);
    const answer = await hashOnHost(ctx, given, region);
    const marker = newestMarker(answer.told);
    if (marker) await ctx.recoveryPoint({ markerFoundAt: marker.writtenAt });
    const found = foundIn(answer, given.mode);
    const same = found.root === given.expect.root;
    const contents = contentsFrom(answer.told);
    const misplaced = given.mode === "files" ? layoutDifferences(given.expect.layout, contents.layout) : [];
    const differences = [...misplaced, ...(same ? [] : await explainMismatch(ctx, given, region, answer))];
    await ctx.prove({
      check: given.mode === "files" ? "file-manifest" : "raw-device",
      passed: same && misplaced.length === 0,
      summary: `${summaryOf(given, { found, misplaced: misplaced.length > 0, marker, runId: ctx.runId })}${howRead(answer, marker)}`,
      algorithm: given.expect.algorithm,
      expected: given.expect.root,
      actual: found.root,
      counts: countsOf(found),
      ...(differences.length > 0 ? { differences } : {}),
    });
    return {
      ...found,
      ...(contents.layout === undefined ? {} : { layout: contents.layout }),
      ...(answer.told.has("replayed") ? { logReplayed: answer.told.get("replayed") } : {}),
      ...(marker ? { markerFoundAt: marker.writtenAt } : {}),
      hydrationMs: hydrationOf(answer),
      ...(await initializationOf(ctx.services, region, given.volumeId)),
    };
  },
});

/** The root of files and that of blocks are never equal: what was meant for the other mode is no finding about the data. */
function assertComparable({ mode, expect }: Input): void {
  if (mode === "raw-device" || expect.algorithm !== BLOCK_ALGORITHM) return;
  throw new Failure({
    code: "manifest-of-blocks",
    message: "What is expected is a manifest of a device's blocks, and this step compares files",
    fixer: "drill author",
    next: "say mode: raw-device, or expect the `manifest` of ebs.write-marker",
  });
}

/** The number btrfs gives to the root of all subvolumes. */
const TOP_SUBVOLUME = 5;

async function hashOnHost(ctx: Context, given: Input, region: string): Promise<HostAnswer> {
  const { volumeId, instanceId, expect, mode } = given;
  const volume = await findVolume(ctx.services, region, { volumeId });
  const { Device: device = "" } = attachmentOf(volume, instanceId);
  const bytes = expect.algorithm === BLOCK_ALGORITHM ? expect.bytes : undefined;
  return tellingProgress(ctx, ctx.services, { region, instanceId, what: `hashing ${volumeId}`, bytes }, (progress) =>
    runOnHost(ctx, ctx.services, {
      region,
      instanceId,
      purpose: `verifying ${volumeId}`,
      script: {
        values: {
          ...deviceValues({ volumeId, device, sizeGiB: volume.Size }),
          ...turnValues(ctx),
          MODE: mode,
          PARTITION: given.partition === undefined ? "" : String(given.partition),
          SUBVOLUME: String(expect.subvolume ?? TOP_SUBVOLUME),
          // The mount that replays a log writes to the volume.
          REPLAY: volume.Tags?.some(({ Key, Value }) => Key === RUN_TAG && Value === ctx.runId) ? "yes" : "no",
          ALGORITHM: expect.algorithm,
          RAW_BYTES: mode === "raw-device" && expect.bytes !== undefined ? String(expect.bytes) : "",
          EXPECT_ROOT: expect.root,
          PATHS: pathLines(expect.paths),
          PROGRESS: progress,
          ...PIECE_VALUES,
        },
        body: VERIFY_SCRIPT,
      },
    }),
  );
}

interface Found {
  readonly root: string;
  readonly bytes: number;
  readonly files?: number;
  readonly blocks?: number;
}

function foundIn({ told }: HostAnswer, mode: Input["mode"]): Found {
  if (mode === "files")
    return { root: told.get("root") ?? "", bytes: Number(told.get("bytes")), files: Number(told.get("files")) };
  const blocks = told.get("raw-blocks");
  return {
    root: told.get("raw-root") ?? "",
    bytes: Number(told.get("raw-bytes")),
    ...(blocks === undefined ? {} : { blocks: Number(blocks) }),
  };
}

function countsOf({ bytes, files, blocks }: Found): Record<string, number> {
  return { bytes, ...(files === undefined ? {} : { files }), ...(blocks === undefined ? {} : { blocks }) };
}

/** Names the first files or blocks that differ, where both manifests' lines are at hand. */
async function explainMismatch(
  ctx: Context,
  given: Input,
  region: string,
  answer: HostAnswer,
): Promise<readonly string[]> {
  if (given.expect.lines === undefined) return [];
  const expected = await loadLines(ctx, given.expect.lines);
  const actual = await fetchLines(ctx, ctx.services, { region, instanceId: given.instanceId }, answer);
  if (expected === undefined || actual === undefined) return [];
  if (given.expect.algorithm === BLOCK_ALGORITHM) return describeBlocks(differingBlocks(expected, actual));
  return describeDifference(compareManifests(expected, actual));
}

const SHOWN_BLOCKS = 20;

function describeBlocks(differing: readonly number[]): readonly string[] {
  const shown = differing.slice(0, SHOWN_BLOCKS).map((index) => `block ${index}, at byte ${index * BLOCK_BYTES}`);
  const more = differing.length - shown.length;
  return more > 0 ? [...shown, `… and ${more} more`] : shown;
}

interface Judged {
  readonly found: Found;
  /** Whether there is something else on the device's partitions than at the source. */
  readonly misplaced: boolean;
  readonly marker: Marker | undefined;
  readonly runId: string;
}

function summaryOf(given: Input, { found, misplaced, marker, runId }: Judged): string {
  const what =
    given.mode === "files"
      ? `the ${found.files} files of ${given.volumeId}`
      : `the ${found.bytes} bytes of ${given.volumeId}`;
  if (found.root === given.expect.root) {
    const same = `${what} have the SHA-256 that was taken at the source`;
    return misplaced ? `${same}, and the rest of the device has not what was on it there` : same;
  }
  const whose = !marker
    ? "there is no marker in its data"
    : marker.run === runId
      ? `its marker is this run's, of ${marker.writtenAt}`
      : `its marker is of another run (${marker.run}, ${marker.writtenAt}): this may be the wrong volume`;
  return `${what} differ from what was taken at the source; ${whose}`;
}

/** What there is to know of how the files, or the marker, were looked for. */
function howRead({ told }: HostAnswer, marker: Marker | undefined): string {
  const replayed = told.get("replayed");
  if (replayed !== undefined) return `; its ${replayed} log was replayed`;
  const left = told.get("not-replayed");
  if (left !== undefined && !marker)
    return `; its ${left} log was not replayed, for the volume has no tag of this run, and what was synced may be in it only`;
  const unmountable = told.get("not-mountable");
  if (unmountable !== undefined) return `; its ${unmountable} cannot be mounted, so no marker was looked for there`;
  const nothing = told.has("nothing-to-mount") && !marker;
  return nothing ? "; there is no file system on it to look for a marker in" : "";
}

/** A repetition finds the hash that an earlier try has taken, and how long that took. */
function hydrationOf({ told, elapsedMs }: HostAnswer): number {
  const seconds = told.get("raw-seconds");
  return seconds === undefined ? elapsedMs : Number(seconds) * 1000;
}
