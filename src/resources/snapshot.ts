import { awsErrorCode } from "../aws/error-codes.ts";
import { snapshotsWith } from "../aws/watch/kinds/snapshots.ts";
import { Failure } from "../engine/failure.ts";
import type { LedgerEntry, ResourceKind } from "../engine/resource-kind.ts";
import { TOKEN_TAG } from "../engine/tags.ts";
import type { DrillServices } from "../steps/services.ts";
import { lookAtSnapshot } from "./look.ts";
import { sendDeletion } from "./send-deletion.ts";
import { allPages, expiryTagging, runTagFilter, tagged, tagOnEc2, tagsOnEc2 } from "./run-tags.ts";

type Made = LedgerEntry & { readonly id: string };

export const snapshot: ResourceKind<DrillServices> = {
  kind: "ec2.snapshot",
  idempotentCreate: false,
  tier: 5,
  permissions: [
    { actions: ["ec2:DescribeSnapshots", "ec2:DescribeLockedSnapshots", "ec2:ListSnapshotsInRecycleBin"] },
    expiryTagging("arn:aws:ec2:*::snapshot/*"),
    { actions: ["ec2:DeleteSnapshot"], resources: ["arn:aws:ec2:*::snapshot/*"], tagged: "on-run-resource" },
  ],

  ownership: { by: "tags", tagsOf: (entry, services) => tagsOnEc2("ec2.snapshot", entry, services) },
  tag: tagOnEc2,
  sweep: {
    async list(place, { aws }) {
      const snapshots = await snapshotsWith({ aws, region: place.region }, [runTagFilter(place)]);
      return tagged(place, snapshots, ({ SnapshotId, Tags, StartTime }) => ({ id: SnapshotId, Tags, at: StartTime }));
    },
  },

  async find(entry, { aws }) {
    const filters = [{ Name: `tag:${TOKEN_TAG}`, Values: [entry.token] }];
    const found = (await snapshotsWith({ aws, region: entry.region }, filters))[0];
    return found?.SnapshotId === undefined ? undefined : { id: found.SnapshotId };
  },

  async destroy(entry, services) {
    const ec2 = await services.aws.ec2(entry.region);
    try {
      await sendDeletion(entry, services, () => ec2.deleteSnapshot({ SnapshotId: entry.id }));
    } catch (error) {
      throw await whyNotDeleted(error, entry, services);
    }
    await services.watch.until({
      region: entry.region,
      kind: "ec2.snapshot",
      id: entry.id,
      graceMs: 0,
      judge: ({ seen }) => (seen === undefined ? "done" : "wait"),
    });
  },

  async isGone(entry, services) {
    if (await lookAtSnapshot(services, entry.region, entry.id)) return false;
    await reportRecycleBin(entry, services);
    return true;
  },
};

async function whyNotDeleted(error: unknown, entry: Made, services: DrillServices): Promise<unknown> {
  if (awsErrorCode(error) === "InvalidSnapshot.InUse") {
    return new Failure({
      ...detailsOf(error),
      code: "snapshot-in-use",
      message: `${entry.id} cannot be deleted: an AMI uses it`,
      fixer: "operator",
      next: `deregister the AMI, then: gameday cleanup`,
      resourceId: entry.id,
    });
  }
  const lock = await lockOf(entry, services);
  if (lock === undefined) return error;
  return new Failure({
    ...detailsOf(error),
    code: "snapshot-locked",
    message: `${entry.id} cannot be deleted: it is locked (${lock})`,
    fixer: "operator",
    next: `unlock it if its mode allows that: aws ec2 unlock-snapshot --region ${entry.region} --snapshot-id ${entry.id}`,
    resourceId: entry.id,
  });
}

function detailsOf(error: unknown): { readonly awsRequestId?: string; readonly cause: unknown } {
  const id = error instanceof Failure ? error.details.awsRequestId : undefined;
  return { ...(id === undefined ? {} : { awsRequestId: id }), cause: error };
}

async function lockOf(entry: Made, { aws }: DrillServices): Promise<string | undefined> {
  const ec2 = await aws.ec2(entry.region);
  // Only to explain another error, which stands whatever becomes of this call.
  const answer = await ec2.describeLockedSnapshots({ SnapshotIds: [entry.id] }).catch(() => undefined);
  const lock = answer?.Snapshots?.[0];
  if (!lock?.LockState || lock.LockState === "expired") return undefined;
  return lock.LockExpiresOn ? `${lock.LockState}, until ${lock.LockExpiresOn.toISOString()}` : lock.LockState;
}

/** A retention rule may keep what was deleted, and it is billed until then. Not being allowed to look changes nothing. */
async function reportRecycleBin(entry: Made, { aws, scope }: DrillServices): Promise<void> {
  const ec2 = await aws.ec2(entry.region);
  const snapshots = await allPages(
    (NextToken) => ec2.listSnapshotsInRecycleBin({ SnapshotIds: [entry.id], ...(NextToken ? { NextToken } : {}) }),
    { items: ({ Snapshots }) => Snapshots, next: ({ NextToken }) => NextToken },
  ).catch(() => []);
  const kept = snapshots.find((candidate) => candidate.SnapshotId === entry.id);
  if (!kept) return;
  await scope.finding({
    code: "kept-in-recycle-bin",
    severity: "warning",
    message: `${entry.id} is deleted but the Recycle Bin keeps (and bills) it until ${kept.RecycleBinExitTime?.toISOString() ?? "its rule ends"}`,
    resourceId: entry.id,
  });
}
