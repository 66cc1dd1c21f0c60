import type { Filter, Snapshot } from "@aws-sdk/client-ec2";
import type { Tags } from "../../engine/tags.ts";
import { tagsOf } from "../../aws/tags.ts";

/**
 * Telling which snapshot in the DR Region is the copy of a given one. EC2 does not say: a copy has no field for its source, its
 * VolumeId is arbitrary. What is left, strongest first: the description names the source; the tags that both CopyTags carried
 * over; size and time, which can only rule out.
 */

export interface CopySource {
  readonly snapshot: Snapshot;
  /** The tags that its copy must have. */
  readonly tags: Tags;
}

export type Match =
  | { readonly found: Snapshot; readonly by: "description" | "tags" }
  | { readonly ambiguous: readonly Snapshot[] }
  | { readonly none: true };

/** Tags of AWS and DLM itself are not known to be carried over. */
export function carriedTags(snapshot: Snapshot): Tags {
  const own = Object.entries(tagsOf(snapshot.Tags)).filter(([key]) => !key.startsWith("aws:") && key !== "dlm:managed");
  return Object.fromEntries(own);
}

/** The searches of which every possible copy passes one. */
export function copySearches({ snapshot, tags }: CopySource): readonly (readonly Filter[])[] {
  const size = { Name: "volume-size", Values: [String(snapshot.VolumeSize)] };
  const byDescription = [size, { Name: "description", Values: [`*${snapshot.SnapshotId}*`] }];
  const byTags = Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
  return byTags.length === 0 ? [byDescription] : [byDescription, [size, ...byTags]];
}

export function matchCopy(source: CopySource, candidates: readonly Snapshot[]): Match {
  const possible = candidates.filter((candidate) => isPossible(source, candidate));
  const named = possible.filter((candidate) => namedSource(candidate) === source.snapshot.SnapshotId);
  if (named.length > 0) return only(named, "description");
  const anonymous = possible.filter(
    (candidate) => namedSource(candidate) === undefined && hasTags(candidate, source.tags),
  );
  return anonymous.length > 0 ? only(anonymous, "tags") : { none: true };
}

function only(snapshots: readonly Snapshot[], by: "description" | "tags"): Match {
  const [first] = snapshots;
  return first && snapshots.length === 1 ? { found: first, by } : { ambiguous: snapshots };
}

/** A copy cannot have begun before its source did, and is of a volume of the same size. */
function isPossible({ snapshot }: CopySource, candidate: Snapshot): boolean {
  const [began, sourceBegan] = [candidate.StartTime?.getTime() ?? 0, snapshot.StartTime?.getTime() ?? 0];
  return (
    candidate.SnapshotId !== snapshot.SnapshotId && candidate.VolumeSize === snapshot.VolumeSize && began >= sourceBegan
  );
}

/** Whether nothing but its tags and size speaks for a snapshot's being a copy of this volume's, and they do. */
export function isLookalike({ snapshot, tags }: CopySource, candidate: Snapshot): boolean {
  const anonymous = namedSource(candidate) === undefined;
  return anonymous && candidate.VolumeSize === snapshot.VolumeSize && hasTags(candidate, tags);
}

function hasTags(candidate: Snapshot, wanted: Tags): boolean {
  const tags = tagsOf(candidate.Tags);
  const entries = Object.entries(wanted);
  return entries.length > 0 && entries.every(([key, value]) => tags[key] === value);
}

/** The first snapshot id in a description such as `[Copied snap-0abc from us-east-1] …`. */
export function namedSource({ Description = "" }: Snapshot): string | undefined {
  return /\bsnap-[0-9a-f]{8,17}\b/.exec(Description)?.[0];
}

/**
 * Other volumes' snapshots whose copies would look the same. While there are any, tags alone prove nothing: the one copy that is
 * visible may be theirs.
 */
export function rivalsOf({ snapshot, tags }: CopySource, primarySnapshots: readonly Snapshot[]): readonly Snapshot[] {
  const since = (snapshot.StartTime?.getTime() ?? 0) - 24 * 3_600_000;
  return primarySnapshots.filter(
    (other) =>
      other.VolumeId !== snapshot.VolumeId &&
      other.VolumeSize === snapshot.VolumeSize &&
      (other.StartTime?.getTime() ?? 0) >= since &&
      hasTags(other, tags),
  );
}
