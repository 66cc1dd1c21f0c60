import { incrementBytes } from "../../disks/block-list.ts";
import { AwsError } from "../../service.ts";
import { drawDuration, RATES } from "./durations.ts";
import type { Ec2, Ec2Region } from "./ec2.ts";
import type { Snapshot } from "./model.ts";
import { begin, newestCompleted, newSnapshot, ownKey } from "./snapshot-life.ts";
import { stableId } from "./stable-id.ts";
import { encryptionKey } from "./volume-life.ts";

/** Copies in progress per destination Region. */
const MOST_PENDING = 20;
/** What EC2 reports as a copy's volume: an id that means nothing. */
const NO_VOLUME = "vol-ffffffff";
const MINUTE_MS = 60_000;
/** A time-based copy is done well before its deadline. */
const OF_DEADLINE = 0.8;

export interface SnapshotCopy {
  /** The destination, where the copy is asked for. */
  readonly region: Ec2Region;
  readonly source: { readonly region: Ec2Region; readonly snapshotId: string };
  readonly description: string;
  readonly encrypted: boolean | undefined;
  readonly kmsKeyId: string | undefined;
  readonly completionMinutes: number | undefined;
  readonly tags: Map<string, string>;
  readonly principalArn: string;
  readonly now: number;
}

/**
 * A snapshot of its own: own StartTime, no trace of its source, no tags but those asked for, `pending` for minutes and then
 * `completed`, or `error` when a key cannot be used. It shares its blocks with the source, so its bytes cost nothing.
 */
export function copySnapshot(ec2: Ec2, copy: SnapshotCopy): Snapshot {
  const { region, principalArn } = copy;
  const source = completedSource(copy);
  const key = copyKey(ec2, copy, source);
  checkPending(region);
  checkMinutes(copy.completionMinutes);
  const lineage = stableId("", `${source.lineage}/${region.name}/${key ?? ""}`);
  const snapshot = newSnapshot(ec2, {
    ...copy,
    ...schedule(ec2, copy, { source, lineage }),
    volumeId: NO_VOLUME,
    sizeGib: source.sizeGib,
    kmsKeyArn: key,
    blocks: source.blocks,
    lineage,
    isCopy: true,
  });
  begin(ec2, {
    region,
    snapshot,
    keys: [...ownKey(region, snapshot), ...ownKey(copy.source.region, source)],
    detail: { copyOf: source.id, sourceRegion: copy.source.region.name },
    principalArn,
  });
  return snapshot;
}

function completedSource({ source }: SnapshotCopy): Snapshot {
  const snapshot = source.region.snapshots.get(source.snapshotId);
  if (snapshot.state === "completed") return snapshot;
  throw new AwsError("IncorrectState", `The snapshot '${snapshot.id}' is not in the 'completed' state.`);
}

/** EC2 lets `Encrypted=false` pass where it changes nothing (Terraform always sends it), and refuses it elsewhere. */
function copyKey(ec2: Ec2, copy: SnapshotCopy, source: Snapshot): string | undefined {
  const must = source.encrypted || copy.region.encryptionByDefault;
  if (copy.encrypted === false && must) {
    throw new AwsError(
      "InvalidParameterValue",
      "The parameter Encrypted cannot be set to false for this snapshot copy.",
    );
  }
  return encryptionKey(ec2, copy.region, { encrypted: must || copy.encrypted === true, named: copy.kmsKeyId });
}

/** A copy waits for an earlier one of the same lineage, and then moves what that one has not. */
function schedule(ec2: Ec2, copy: SnapshotCopy, { source, lineage }: { source: Snapshot; lineage: string }) {
  const { region, now, completionMinutes } = copy;
  const pending = [...region.snapshots].findLast((other) => other.lineage === lineage && other.state === "pending");
  const worksFrom = Math.max(now, pending?.expectedAt ?? now);
  const earlier = pending ?? newestCompleted(region, lineage);
  const needed = drawDuration(ec2.world, "copy") + incrementBytes(earlier?.blocks, source.blocks) / RATES.copy;
  const promised = completionMinutes === undefined ? Infinity : completionMinutes * MINUTE_MS * OF_DEADLINE;
  return { worksFrom, expectedAt: worksFrom + Math.min(needed, promised) };
}

function checkPending(region: Ec2Region): void {
  const pending = [...region.snapshots].filter(({ isCopy, state }) => isCopy && state === "pending");
  if (pending.length < MOST_PENDING) return;
  throw new AwsError(
    "ResourceLimitExceeded",
    `Too many snapshot copies in progress. The limit is ${MOST_PENDING} for this destination region.`,
  );
}

function checkMinutes(minutes: number | undefined): void {
  if (minutes === undefined || (minutes >= 15 && minutes <= 2_880 && minutes % 15 === 0)) return;
  throw new AwsError(
    "InvalidParameterValue",
    `Value (${minutes}) for parameter completionDurationMinutes is invalid. Expected 15 to 2880, in steps of 15.`,
  );
}
