import type { Snapshot as SnapshotShape } from "@aws-sdk/client-ec2";
import { isoInstant } from "../../../time/clock.ts";
import { BLOCK_BYTES } from "../../disks/block-list.ts";
import type { FilterTable } from "./filters.ts";
import type { Snapshot } from "./model.ts";
import { stableId } from "./stable-id.ts";
import { tagList } from "./tags.ts";

/** A snapshot, and the request it is described for. */
export interface SnapshotView {
  readonly snapshot: Snapshot;
  readonly account: string;
  readonly now: number;
}

export function describedSnapshot({ snapshot, account, now }: SnapshotView): SnapshotShape {
  return {
    SnapshotId: snapshot.id,
    VolumeId: snapshot.volumeId,
    State: snapshot.state,
    StateMessage: snapshot.stateMessage,
    Progress: progress(snapshot, now),
    StartTime: new Date(snapshot.startedAt),
    CompletionTime: snapshot.completedAt === undefined ? undefined : new Date(snapshot.completedAt),
    OwnerId: account,
    Description: snapshot.description,
    VolumeSize: snapshot.sizeGib,
    FullSnapshotSizeInBytes: snapshot.state === "completed" ? snapshot.blocks.blocks.size * BLOCK_BYTES : undefined,
    Encrypted: snapshot.encrypted,
    KmsKeyId: snapshot.kmsKeyArn,
    DataEncryptionKeyId: snapshot.encrypted ? stableId("sdk-", snapshot.lineage) : undefined,
    StorageTier: "standard",
    TransferType: snapshot.isCopy ? transferType(snapshot) : undefined,
    CompletionDurationMinutes: snapshot.completionMinutes,
    Tags: tagList(snapshot),
  };
}

function transferType({ completionMinutes }: Snapshot): "standard" | "time-based" {
  return completionMinutes === undefined ? "standard" : "time-based";
}

/** Share of the time that has passed → what EC2 reports. It starts late, hurries through the middle and lingers at 99 %. */
const CURVE = [
  [0, 0],
  [0.12, 0],
  [0.3, 14],
  [0.5, 42],
  [0.75, 83],
  [0.9, 99],
  [1, 99],
] as const;

/** `"42%"`; not linear in time. */
export function progress({ state, worksFrom, expectedAt }: Snapshot, now: number): string {
  if (state === "completed") return "100%";
  const share = Math.min(1, Math.max(0, (now - worksFrom) / (expectedAt - worksFrom)));
  const next = CURVE.findIndex(([until]) => share < until);
  const [[fromShare, fromPercent], [toShare, toPercent]] =
    next < 1 ? [CURVE.at(-2)!, CURVE.at(-1)!] : [CURVE[next - 1]!, CURVE[next]!];
  const percent = fromPercent + ((share - fromShare) / (toShare - fromShare)) * (toPercent - fromPercent);
  return `${Math.floor(percent)}%`;
}

/** The filters that need no request; `owner-id` and `progress` depend on it. */
export function snapshotFilters(account: string, now: number): FilterTable<Snapshot> {
  return {
    description: ({ description }) => description,
    encrypted: ({ encrypted }) => encrypted,
    "owner-id": () => account,
    "owner-alias": () => undefined,
    progress: (snapshot) => progress(snapshot, now),
    "snapshot-id": ({ id }) => id,
    "start-time": ({ startedAt }) => isoInstant(startedAt),
    status: ({ state }) => state,
    "storage-tier": () => "standard",
    "transfer-type": (snapshot) => (snapshot.isCopy ? transferType(snapshot) : undefined),
    "volume-id": ({ volumeId }) => volumeId,
    "volume-size": ({ sizeGib }) => sizeGib,
  };
}
