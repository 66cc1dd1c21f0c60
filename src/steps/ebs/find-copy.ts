import type { Snapshot } from "@aws-sdk/client-ec2";
import { snapshotsWith } from "../../aws/watch/kinds/snapshots.ts";
import { searchId } from "../../aws/watch/watched.ts";
import { Failure } from "../../engine/failure.ts";
import type { StepContext } from "../../engine/step-kind.ts";
import { formatDuration } from "../../time/duration.ts";
import type { DrillServices } from "../services.ts";
import { copySearches, matchCopy, rivalsOf, type CopySource } from "./match-copy.ts";

type Context = StepContext<DrillServices>;

const LOOK_MS = 30_000;

export interface CopyWait {
  readonly source: CopySource;
  /** So long after the source is completed, the copy must have begun. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
}

/** Waits until the copy of a snapshot is visible in the DR Region. @throws Failure when it never is, or cannot be told from others. */
export async function untilCopyAppears(ctx: Context, { source, stallMs, signal }: CopyWait): Promise<Snapshot> {
  const region = ctx.regions.dr;
  const began = ctx.clock.monotonic();
  const { seen } = await ctx.services.watch.until({
    region,
    kind: "ec2.snapshots-matching",
    id: searchId(copySearches(source)),
    signal,
    unhurriedMs: LOOK_MS,
    judge: ({ seen: candidates = [] }) => {
      const match = matchCopy(source, candidates);
      if ("found" in match) return "done";
      if ("ambiguous" in match) return { failed: ambiguous(region, source, match.ambiguous) };
      const late = ctx.clock.monotonic() - began > stallMs;
      return late ? { failed: neverCame(region, source, stallMs) } : "wait";
    },
  });
  const match = matchCopy(source, seen ?? []);
  if (!("found" in match)) throw new Error("the judge has let a search without a match pass");
  if (match.by === "tags") await assertNoRivals(ctx, source);
  return match.found;
}

/** Where only tags speak for a copy, no other volume's copy may have the same ones. */
async function assertNoRivals({ services, regions }: Context, source: CopySource): Promise<void> {
  const byTags = Object.entries(source.tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
  const alike = await snapshotsWith({ aws: services.aws, region: regions.primary }, byTags);
  const rivals = rivalsOf(source, alike);
  if (rivals.length > 0) throw ambiguous(regions.primary, source, rivals);
}

function ambiguous(region: string, { snapshot, tags }: CopySource, others: readonly Snapshot[]): Failure {
  return new Failure({
    code: "copy-ambiguous",
    message: `The DR copy of ${snapshot.SnapshotId} cannot be told apart: ${others.length} snapshots in ${region} look the same`,
    fixer: "drill author",
    next: "give the volume a tag of its own, carry it over (CopyTags of the schedule and of the cross-Region rule), and name it in `tags`",
    details: others.map(
      (other) => `${other.SnapshotId} of ${other.VolumeId}, ${other.StartTime?.toISOString()}, with ${list(tags)}`,
    ),
    ...(snapshot.SnapshotId === undefined ? {} : { resourceId: snapshot.SnapshotId }),
  });
}

function neverCame(region: string, { snapshot, tags }: CopySource, stallMs: number): Failure {
  return new Failure({
    code: "copy-never-appeared",
    message: `${snapshot.SnapshotId} is completed, but ${formatDuration(stallMs)} later no copy of it is visible in ${region}`,
    fixer: "operator",
    next: "check the policy's cross-Region rule, its role (ec2:CopySnapshot, ec2:CreateTags) and that it may use the keys of both Regions",
    details: [`looked for: its id in the description, or ${list(tags) || "tags (it carries none: set CopyTags)"}`],
    ...(snapshot.SnapshotId === undefined ? {} : { resourceId: snapshot.SnapshotId }),
  });
}

function list(tags: CopySource["tags"]): string {
  return Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
}
