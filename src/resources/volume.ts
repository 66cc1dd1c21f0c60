import { awsErrorCode } from "../aws/error-codes.ts";
import { volumesWith } from "../aws/watch/kinds/volumes.ts";
import { Failure } from "../engine/failure.ts";
import type { LedgerEntry, ResourceKind } from "../engine/resource-kind.ts";
import { TOKEN_TAG } from "../engine/tags.ts";
import type { DrillServices } from "../steps/services.ts";
import { lookAtVolume } from "./look.ts";
import { sendDeletion } from "./send-deletion.ts";
import { expiryTagging, runTagFilter, tagged, tagOnEc2, tagsOnEc2 } from "./run-tags.ts";

type Made = LedgerEntry & { readonly id: string };

/** How long to wait for whoever still holds the volume to let go. */
const ATTACHED_MS = 180_000;

export const volume: ResourceKind<DrillServices> = {
  kind: "ec2.volume",
  idempotentCreate: true,
  tier: 3,
  permissions: [
    { actions: ["ec2:DescribeVolumes"] },
    expiryTagging("arn:aws:ec2:*:{account}:volume/*"),
    { actions: ["ec2:DeleteVolume"], resources: ["arn:aws:ec2:*:{account}:volume/*"], tagged: "on-run-resource" },
  ],

  ownership: { by: "tags", tagsOf: (entry, services) => tagsOnEc2("ec2.volume", entry, services) },
  tag: tagOnEc2,
  sweep: {
    async list(place, { aws }) {
      const volumes = await volumesWith({ aws, region: place.region }, [runTagFilter(place)]);
      const there = volumes.filter(({ State }) => State !== "deleting" && State !== "deleted");
      return tagged(place, there, ({ VolumeId, Tags, CreateTime }) => ({ id: VolumeId, Tags, at: CreateTime }));
    },
  },

  async find(entry, { aws }) {
    const filters = [{ Name: `tag:${TOKEN_TAG}`, Values: [entry.token] }];
    const found = (await volumesWith({ aws, region: entry.region }, filters)).find(
      ({ State }) => State !== "deleting" && State !== "deleted",
    );
    return found?.VolumeId === undefined ? undefined : { id: found.VolumeId };
  },

  async destroy(entry, services) {
    await untilFree(entry, services);
    const ec2 = await services.aws.ec2(entry.region);
    try {
      await sendDeletion(entry, services, () => ec2.deleteVolume({ VolumeId: entry.id }));
    } catch (error) {
      if (awsErrorCode(error) !== "IncorrectState" || !(await isGoing(entry, services))) throw error;
    }
    await services.watch.until({
      region: entry.region,
      kind: "ec2.volume",
      id: entry.id,
      graceMs: 0,
      judge: ({ seen }) => (seen === undefined || seen.State === "deleted" ? "done" : "wait"),
    });
  },

  async isGone(entry, services) {
    return (await lookAtVolume(services, entry.region, entry.id)) === undefined;
  },
};

/** EC2 refuses to delete a volume that is being deleted in the same words as one that is still being created. */
async function isGoing(entry: Made, services: DrillServices): Promise<boolean> {
  const seen = await lookAtVolume(services, entry.region, entry.id);
  return seen === undefined || seen.State === "deleting";
}

/** Detaching takes its time after DetachVolume and after an instance's end; a volume in use cannot be deleted. */
async function untilFree(entry: Made, { watch, scope }: DrillServices): Promise<void> {
  const began = scope.clock.monotonic();
  await watch.until({
    region: entry.region,
    kind: "ec2.volume",
    id: entry.id,
    graceMs: 0,
    judge: ({ seen }) => {
      if (seen === undefined || (seen.State !== "in-use" && seen.State !== "creating")) return "done";
      if (scope.clock.monotonic() - began < ATTACHED_MS) return "wait";
      if (seen.State === "creating") return { failed: stillCreating(entry) };
      return { failed: stillAttached(entry.id, seen.Attachments?.[0]?.InstanceId ?? "an instance") };
    },
  });
}

function stillCreating({ id, region }: Made): Failure {
  return new Failure({
    code: "volume-still-creating",
    message: `${id} cannot be deleted: EC2 is still creating it`,
    fixer: "AWS",
    next: `when it is available: aws ec2 delete-volume --region ${region} --volume-id ${id}`,
    resourceId: id,
  });
}

function stillAttached(volumeId: string, instanceId: string): Failure {
  return new Failure({
    code: "volume-still-attached",
    message: `${volumeId} cannot be deleted: it is still attached to ${instanceId}`,
    fixer: "operator",
    next: `detach it: aws ec2 detach-volume --volume-id ${volumeId}`,
    resourceId: volumeId,
  });
}
