import type { Filter, Snapshot } from "@aws-sdk/client-ec2";
import type { Seen, WatchKind } from "../watch.ts";
import { allPages, chunks, isoOf, manyById, pageAt, VALUES_PER_FILTER, type Look } from "./look.ts";

/** Own snapshots that pass the filters, every page of them. */
export async function snapshotsWith(
  look: Pick<Look, "aws" | "region">,
  filters: readonly Filter[],
): Promise<Snapshot[]> {
  const ec2 = await look.aws.ec2(look.region);
  return allPages((token) => ec2.describeSnapshots({ OwnerIds: ["self"], Filters: [...filters], ...pageAt(token) }), {
    items: ({ Snapshots }) => Snapshots,
    next: ({ NextToken }) => NextToken,
  });
}

/** Progress is a string such as `80%`, and may be empty. */
export function progressOf(snapshot: Snapshot): number | undefined {
  const match = /^(\d{1,3})%$/.exec(snapshot.Progress ?? "");
  return match ? Math.min(1, Number(match[1]) / 100) : undefined;
}

export function seenSnapshot(snapshot: Snapshot): Seen<Snapshot> {
  const progress = progressOf(snapshot);
  const serviceAt = isoOf(snapshot.State === "completed" ? snapshot.CompletionTime : snapshot.StartTime);
  const minutes = snapshot.CompletionDurationMinutes;
  return {
    seen: snapshot,
    state: snapshot.State ?? "unknown",
    ...(progress === undefined ? {} : { progress }),
    ...(serviceAt === undefined ? {} : { serviceAt }),
    ...(minutes && snapshot.StartTime ? { expectedAt: snapshot.StartTime.getTime() + minutes * 60_000 } : {}),
  };
}

export function snapshotKind(look: Look): WatchKind<Snapshot> {
  return {
    async describe(ids) {
      const find = (filters: readonly Filter[]) => snapshotsWith(look, filters);
      const found = await manyById(look, { ids, filter: "snapshot-id", find, idOf: (one) => one.SnapshotId });
      return new Map(found.map((snapshot) => [snapshot.SnapshotId ?? "", seenSnapshot(snapshot)]));
    },
  };
}

/** Always seen: a volume without snapshots is an empty list. */
export function snapshotsOfVolumeKind(look: Look): WatchKind<readonly Snapshot[]> {
  return {
    async describe(volumeIds) {
      const found = new Map<string, Seen<readonly Snapshot[]>>();
      for (const values of chunks(volumeIds, VALUES_PER_FILTER)) {
        const snapshots = await snapshotsWith(look, [{ Name: "volume-id", Values: values }]);
        for (const id of values) found.set(id, seenList(snapshots.filter((snapshot) => snapshot.VolumeId === id)));
      }
      return found;
    },
  };
}

/** Always seen: a search without hits is an empty list. */
export function snapshotsMatchingKind(look: Look): WatchKind<readonly Snapshot[]> {
  return {
    async describe(searches) {
      const found = new Map<string, Seen<readonly Snapshot[]>>();
      for (const search of searches) {
        const hits = new Map<string | undefined, Snapshot>();
        for (const filters of JSON.parse(search) as Filter[][]) {
          for (const snapshot of await snapshotsWith(look, filters)) hits.set(snapshot.SnapshotId, snapshot);
        }
        found.set(search, seenList([...hits.values()]));
      }
      return found;
    },
  };
}

function seenList(snapshots: readonly Snapshot[]): Seen<readonly Snapshot[]> {
  return { seen: snapshots, state: snapshots.length === 1 ? "1 snapshot" : `${snapshots.length} snapshots` };
}
