import { incrementBytes, type BlockList } from "../../disks/block-list.ts";
import { AwsError } from "../../service.ts";
import { drawDuration, RATES, SNAPSHOT_INTERVAL_MS } from "./durations.ts";
import type { Ec2, Ec2Region } from "./ec2.ts";
import type { Snapshot, Volume } from "./model.ts";

const PENDING_LIMITS: Readonly<Record<string, number>> = { st1: 1, sc1: 1 };
const PENDING_LIMIT = 5;

export interface SnapshotCreation {
  readonly region: Ec2Region;
  readonly volume: Volume;
  readonly description: string;
  readonly tags: Map<string, string>;
  readonly principalArn: string;
  readonly now: number;
}

/** Holds the bytes that are on the volume at this instant; `pending`, then `completed`, or `error` when its key cannot be used. */
export async function createSnapshot(ec2: Ec2, creation: SnapshotCreation): Promise<Snapshot> {
  const { region, volume, now, principalArn } = creation;
  checkRates(region, volume, now);
  volume.snapshotAt = now;
  const blocks = await ec2.world.clock.during(() => volume.disk!.capture());
  const increment = incrementBytes(newestCompleted(region, volume.lineage)?.blocks, blocks);
  const snapshot = newSnapshot(ec2, {
    ...creation,
    volumeId: volume.id,
    sizeGib: volume.sizeGib,
    kmsKeyArn: volume.kmsKeyArn,
    lineage: volume.lineage,
    blocks,
    worksFrom: now,
    expectedAt: now + drawDuration(ec2.world, "snapshot") + increment / RATES.snapshot,
  });
  begin(ec2, { region, snapshot, detail: { volumeId: volume.id }, keys: ownKey(region, snapshot), principalArn });
  return snapshot;
}

function checkRates(region: Ec2Region, volume: Volume, now: number): void {
  if (!volume.disk || volume.state === "deleting") {
    throw new AwsError("IncorrectState", `The volume '${volume.id}' is '${volume.state}'`);
  }
  if (volume.snapshotAt !== undefined && now - volume.snapshotAt < SNAPSHOT_INTERVAL_MS) {
    throw new AwsError(
      "SnapshotCreationPerVolumeRateExceeded",
      "The maximum per volume CreateSnapshot request rate has been exceeded. Use an increasing or variable sleep interval between requests.",
    );
  }
  const pending = [...region.snapshots].filter(({ volumeId, state }) => volumeId === volume.id && state === "pending");
  if (pending.length >= (PENDING_LIMITS[volume.type] ?? PENDING_LIMIT)) {
    throw new AwsError(
      "ConcurrentSnapshotLimitExceeded",
      "Maximum allowed in-progress snapshots for a single volume exceeded.",
    );
  }
}

/** The latest completed snapshot of a lineage in a Region: what the next one is incremental to. */
export function newestCompleted(region: Ec2Region, lineage: string): Snapshot | undefined {
  return [...region.snapshots].findLast((other) => other.lineage === lineage && other.state === "completed");
}

export interface UsedKey {
  readonly region: string;
  readonly arn: string;
}

export function ownKey(region: Ec2Region, { kmsKeyArn }: Snapshot): UsedKey[] {
  return kmsKeyArn === undefined ? [] : [{ region: region.name, arn: kmsKeyArn }];
}

interface Beginning {
  readonly region: Ec2Region;
  readonly snapshot: Snapshot;
  readonly detail: Readonly<Record<string, unknown>>;
  /** The keys that the work needs. */
  readonly keys: readonly UsedKey[];
  readonly principalArn: string;
}

/** Lets a snapshot be `pending` and settles it when its time has come, or earlier when a key cannot be used. */
export function begin(ec2: Ec2, { region, snapshot, detail, keys, principalArn }: Beginning): void {
  region.snapshots.add(snapshot);
  ec2.enter({ region, what: "ec2.snapshot", resource: snapshot, state: "pending", at: snapshot.startedAt, detail });
  const refusal = () =>
    keys.map((key) => ec2.keys.whyUnusable(key.region, key.arn, principalArn)).find((cause) => cause);
  const settleAt = async (at: number, completes: boolean) => {
    if (snapshot.state !== "pending" || region.snapshots.find(snapshot.id) !== snapshot) return;
    const cause = refusal();
    if (cause) await settle(ec2, { region, snapshot, at, cause });
    else if (completes) await settle(ec2, { region, snapshot, at });
  };
  const noticedAt = Math.min(snapshot.startedAt + drawDuration(ec2.world, "keyRefusal"), snapshot.expectedAt);
  if (keys.length > 0) ec2.world.schedule(noticedAt, (at) => settleAt(at, false));
  ec2.world.schedule(snapshot.expectedAt, (at) => settleAt(at, true));
}

async function settle(
  ec2: Ec2,
  options: { readonly region: Ec2Region; readonly snapshot: Snapshot; readonly at: number; readonly cause?: string },
): Promise<void> {
  const { region, snapshot, at, cause } = options;
  const state = cause === undefined ? "completed" : "error";
  if (state === "completed") snapshot.completedAt = at;
  // The words of EC2, whatever is wrong with the key.
  else snapshot.stateMessage = "Given key ID is not accessible";
  ec2.enter({ region, what: "ec2.snapshot", resource: snapshot, state, at, ...(cause && { detail: { cause } }) });
  for (const settled of snapshot.awaiting.splice(0)) await settled(at);
}

export function deleteSnapshot(ec2: Ec2, region: Ec2Region, snapshot: Snapshot, now: number): void {
  region.snapshots.delete(snapshot.id);
  snapshot.awaiting.length = 0;
  ec2.log({ region, what: "ec2.snapshot", id: snapshot.id, state: "deleted", at: now });
}

export function newSnapshot(
  ec2: Ec2,
  options: {
    readonly volumeId: string;
    readonly sizeGib: number;
    readonly kmsKeyArn: string | undefined;
    readonly description: string;
    readonly tags: Map<string, string>;
    readonly lineage: string;
    readonly blocks: BlockList;
    readonly now: number;
    readonly worksFrom: number;
    readonly expectedAt: number;
    readonly isCopy?: boolean;
    readonly completionMinutes?: number | undefined;
  },
): Snapshot {
  const { volumeId, sizeGib, kmsKeyArn, description, tags, lineage, blocks, worksFrom, expectedAt } = options;
  return {
    id: ec2.world.newId("snap-"),
    volumeId,
    sizeGib,
    kmsKeyArn,
    description,
    tags,
    lineage,
    blocks,
    worksFrom,
    expectedAt,
    encrypted: kmsKeyArn !== undefined,
    startedAt: options.now,
    isCopy: options.isCopy ?? false,
    completionMinutes: options.completionMinutes,
    state: "pending",
    stateMessage: undefined,
    completedAt: undefined,
    awaiting: [],
  };
}
