import type { Snapshot } from "@aws-sdk/client-ec2";
import { snapshotsWith } from "../aws/watch/kinds/snapshots.ts";
import { RUN_TAG } from "../engine/tags.ts";
import type { DrillServices } from "../steps/services.ts";
import { REGION_NAME } from "../regions/region-name.ts";
import { lookAtSnapshot } from "./look.ts";

export interface CopyQuestion {
  readonly region: string;
  readonly snapshotId: string;
  /** Where its source may be, when the description does not say. */
  readonly regions: readonly string[];
  /** Whether a run of gameday is known to have made that snapshot, although it may be gone by now. */
  madeByRun(snapshotId: string): boolean;
}

/**
 * Why a snapshot must stay: it is the newest completed copy of a source that no run made. The next copy of that source is
 * incremental to it (EC2 User Guide, incremental snapshot copying). Undefined when it may go. A copy that names no source has its
 * run tag from the source, by CopyTags: that was the run's own.
 */
export async function whyCopyStays(question: CopyQuestion, services: DrillServices): Promise<string | undefined> {
  const copy = await lookAtSnapshot(services, question.region, question.snapshotId);
  const named = copy && sourceOf(copy);
  if (!copy || !named || question.madeByRun(named.id)) return undefined;
  const source = await findSource(named, question, services);
  if (source?.Tags?.some(({ Key }) => Key === RUN_TAG)) return undefined;
  const siblings = await copiesOf(named.id, source, question, services);
  const newer = siblings.some((other) => other.SnapshotId !== copy.SnapshotId && isNewer(other, copy));
  if (newer) return undefined;
  return `the newest copy of ${source?.VolumeId ?? named.id}, which no run made: later copies are incremental to it`;
}

interface NamedSource {
  readonly id: string;
  readonly region: string | undefined;
}

const SOURCE_REGION = new RegExp(`\\bfrom (${REGION_NAME})\\b`);

/** `[Copied snap-0abc from us-east-1] …`, as the console, AWS Backup and gameday write it. */
function sourceOf({ Description = "" }: Snapshot): NamedSource | undefined {
  const id = /\bsnap-[0-9a-f]{8,17}\b/.exec(Description)?.[0];
  return id === undefined ? undefined : { id, region: SOURCE_REGION.exec(Description)?.[1] };
}

async function findSource(
  { id, region }: NamedSource,
  { regions }: CopyQuestion,
  services: DrillServices,
): Promise<(Snapshot & { readonly region: string }) | undefined> {
  for (const place of region === undefined ? regions : [region]) {
    const found = await lookAtSnapshot(services, place, id);
    if (found) return { ...found, region: place };
  }
  return undefined;
}

/** The copies, in the copy's Region, of snapshots of the same volume; of the same snapshot where the volume is not known. */
async function copiesOf(
  id: string,
  source: (Snapshot & { readonly region: string }) | undefined,
  { region }: CopyQuestion,
  { aws }: DrillServices,
): Promise<readonly Snapshot[]> {
  const ofVolume =
    source?.VolumeId === undefined
      ? []
      : await snapshotsWith({ aws, region: source.region }, [{ Name: "volume-id", Values: [source.VolumeId] }]);
  const sources = new Set([id, ...ofVolume.map(({ SnapshotId = "" }) => SnapshotId)]);
  const candidates = await snapshotsWith({ aws, region }, [{ Name: "description", Values: ["*snap-*"] }]);
  return candidates.filter((candidate) => sources.has(sourceOf(candidate)?.id ?? ""));
}

function isNewer(other: Snapshot, copy: Snapshot): boolean {
  return other.State === "completed" && (other.StartTime?.getTime() ?? 0) > (copy.StartTime?.getTime() ?? 0);
}
