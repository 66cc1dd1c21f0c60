import * as z from "zod";
import type { StepContext } from "../../engine/step-kind.ts";
import { isoInstant } from "../../time/clock.ts";
import { regionShape } from "../aws-shapes.ts";
import { defineStep } from "../define-step.ts";
import { BLOCK_ALGORITHM } from "../../checksums/block-manifest.ts";
import { contentsFrom, partitionShape } from "../on-host/device-contents.ts";
import { tellingProgress } from "../on-host/hash-progress.ts";
import { newNonce } from "../on-host/host-script.ts";
import { fetchLines, PIECE_VALUES, saveLines } from "../on-host/manifest-lines.ts";
import { manifestPathsShape, manifestShape, pathLines, type Manifest } from "../on-host/manifest-shape.ts";
import type { Marker } from "../on-host/marker.ts";
import { HOST_PERMISSIONS, runOnHost, type HostAnswer } from "../on-host/run-on-host.ts";
import { turnValues } from "../on-host/take-turn.ts";
import { deviceValues } from "../on-host/volume-device.ts";
import { WRITE_MARKER_SCRIPT } from "../on-host/write-marker-script.ts";
import type { DrillServices } from "../services.ts";
import { attachmentOf, findVolume, oneVolumeNamed, volumeChoice } from "./find-volume.ts";

const input = z
  .strictObject({
    ...volumeChoice,
    region: regionShape.optional().describe("Where the volume is; the primary Region when absent"),
    paths: manifestPathsShape
      .optional()
      .describe("What of the file system the manifest covers: leave out what changes between marker and backup"),
    partition: partitionShape
      .optional()
      .describe("Which partition's file system, where the volume has several; 0 for one on the device as a whole"),
    rawDevice: z
      .boolean()
      .default(false)
      .describe(
        "Also hashes the whole device, for verify-checksum's raw-device mode. Nothing may write to it until the backup",
      ),
  })
  .refine(...oneVolumeNamed);

export const writeMarker = defineStep({
  uses: "ebs.write-marker",
  does: "Writes a timestamped marker into a volume's file system and takes the SHA-256 manifest of its files",
  input,
  output: z.object({
    volumeId: z.string(),
    instanceId: z.string().describe("The instance the volume is attached to"),
    availabilityZone: z.string(),
    sizeGiB: z.number(),
    writtenAt: z.string().describe("ISO instant that is in the marker: what a recovery point is measured from"),
    nonce: z.string(),
    manifest: manifestShape.describe("What verify-checksum expects"),
    raw: z
      .object({
        algorithm: z.literal(BLOCK_ALGORITHM),
        root: z.string(),
        bytes: z.number(),
        blocks: z.number(),
        subvolume: z.number().optional(),
      })
      .optional()
      .describe("The block manifest of the whole device, with rawDevice"),
  }),
  permissions: [{ actions: ["ec2:DescribeVolumes"] }, ...HOST_PERMISSIONS],
  defaultTimeoutMs: 60 * 60_000,
  async run(ctx, given) {
    const region = given.region ?? ctx.regions.primary;
    const volume = await findVolume(ctx.services, region, given);
    const { InstanceId: instanceId, Device: device = "" } = attachmentOf(volume);
    const volumeId = volume.VolumeId ?? "";
    const marker = newMarker(ctx);
    ctx.progress(`writing the marker to ${volumeId} on ${instanceId}`);
    const bytes = given.rawDevice ? (volume.Size ?? 0) * 2 ** 30 : undefined;
    const hashed = { region, instanceId, what: `hashing ${volumeId}`, bytes };
    const answer = await tellingProgress(ctx, ctx.services, hashed, (progress) =>
      runOnHost(ctx, ctx.services, {
        region,
        instanceId,
        purpose: `writing the marker to ${volumeId}`,
        script: {
          values: {
            ...deviceValues({ volumeId, device, sizeGiB: volume.Size }),
            ...turnValues(ctx),
            MARKER: JSON.stringify(marker),
            PATHS: pathLines(given.paths),
            PARTITION: given.partition === undefined ? "" : String(given.partition),
            ...PIECE_VALUES,
            RAW: given.rawDevice ? "yes" : "no",
            PROGRESS: progress,
          },
          body: WRITE_MARKER_SCRIPT,
        },
      }),
    );
    await ctx.recoveryPoint({ markerWrittenAt: marker.writtenAt });
    return {
      volumeId,
      instanceId,
      availabilityZone: volume.AvailabilityZone ?? "",
      sizeGiB: volume.Size ?? 0,
      writtenAt: marker.writtenAt,
      nonce: marker.nonce,
      manifest: await manifestFrom(ctx, { region, instanceId }, answer, given.paths),
      ...rawFrom(answer),
    };
  },
});

function newMarker(ctx: StepContext<DrillServices>): Marker {
  return { run: ctx.runId, writtenAt: isoInstant(ctx.clock.now()), nonce: newNonce() };
}

async function manifestFrom(
  ctx: StepContext<DrillServices>,
  where: { readonly region: string; readonly instanceId: string },
  answer: HostAnswer,
  paths: readonly string[] | undefined,
): Promise<Manifest> {
  const lines = await fetchLines(ctx, ctx.services, where, answer);
  return {
    algorithm: "sha256",
    root: answer.told.get("root") ?? "",
    files: Number(answer.told.get("files")),
    bytes: Number(answer.told.get("bytes")),
    ...(paths === undefined ? {} : { paths: [...paths] }),
    ...contentsFrom(answer.told),
    ...(lines === undefined ? {} : { lines: await saveLines(ctx, lines) }),
  };
}

function rawFrom({ told }: HostAnswer) {
  const root = told.get("raw-root");
  if (root === undefined) return {};
  const [bytes, blocks] = ["raw-bytes", "raw-blocks"].map((key) => Number(told.get(key)));
  const { subvolume } = contentsFrom(told);
  return {
    raw: {
      algorithm: BLOCK_ALGORITHM,
      root,
      bytes: bytes!,
      blocks: blocks!,
      ...(subvolume === undefined ? {} : { subvolume }),
    },
  };
}
