import type { Snapshot } from "@aws-sdk/client-ec2";
import { snapshotsWith } from "../../aws/watch/kinds/snapshots.ts";
import type { EarlierPoint } from "../../engine/facts.ts";
import type { StepContext } from "../../engine/step-kind.ts";
import type { DrillServices } from "../services.ts";
import { isLookalike, namedSource, type CopySource } from "./match-copy.ts";

/** More points say nothing new of a schedule. */
const MOST = 100;

/**
 * The completed copies in the DR Region of the volume's earlier snapshots, oldest first. A pair that is not certain is left out:
 * a gap makes the worst case look worse, a wrong pair could make it look better.
 */
export async function earlierCopies(
  { services: { aws }, regions }: StepContext<DrillServices>,
  source: CopySource,
): Promise<readonly EarlierPoint[]> {
  const { snapshot, tags } = source;
  const primary = { aws, region: regions.primary };
  const completed = [
    { Name: "status", Values: ["completed"] },
    { Name: "volume-size", Values: [String(snapshot.VolumeSize)] },
  ];
  const tagged = Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
  const ofVolume = [...completed, { Name: "volume-id", Values: [snapshot.VolumeId ?? ""] }];
  const sources = inOrder(await snapshotsWith(primary, ofVolume));
  const alike = tagged.length === 0 ? [] : await snapshotsWith(primary, [...completed, ...tagged]);
  const copies = inOrder(await snapshotsWith({ aws, region: regions.dr }, completed));
  const tagsTell = tagged.length > 0 && alike.every(({ VolumeId }) => VolumeId === snapshot.VolumeId);
  const candidates = tagsTell ? copies.filter((copy) => isLookalike(source, copy)) : [];
  return sources
    .flatMap((one, index) => {
      if (startOf(one) >= startOf(snapshot)) return [];
      const named = copies.filter((copy) => namedSource(copy) === one.SnapshotId);
      const between = candidates.filter((copy) => isBetween(copy, one, sources[index + 1]));
      return pointOf(one, named.length > 0 ? named : between);
    })
    .slice(-MOST);
}

function isBetween(copy: Snapshot, from: Snapshot, to: Snapshot | undefined): boolean {
  return startOf(copy) >= startOf(from) && (!to || startOf(copy) < startOf(to));
}

/** Of a source with exactly one copy that can be its. */
function pointOf(source: Snapshot, [copy, another]: readonly Snapshot[]): readonly EarlierPoint[] {
  if (!source.StartTime || !copy?.CompletionTime || !copy.SnapshotId || another) return [];
  const pointInTime = source.StartTime.toISOString();
  return [{ recoveryPointId: copy.SnapshotId, pointInTime, availableAt: copy.CompletionTime.toISOString() }];
}

function inOrder(snapshots: readonly Snapshot[]): readonly Snapshot[] {
  return snapshots.toSorted((a, b) => startOf(a) - startOf(b));
}

function startOf({ StartTime }: Snapshot): number {
  return StartTime?.getTime() ?? 0;
}
