import type { Volume } from "@aws-sdk/client-ec2";
import { awsErrorCode, isNotFound } from "../aws/error-codes.ts";
import { Failure } from "../engine/failure.ts";
import { ownerByTags } from "../engine/ownership.ts";
import type { LedgerEntry, ResourceKind } from "../engine/resource-kind.ts";
import type { DrillServices } from "../steps/services.ts";
import { lookAtVolume } from "./look.ts";
import { tagsOnEc2 } from "./run-tags.ts";

/** How long a volume may stay `busy` before it is clear that something on the host still uses it. */
const BUSY_MS = 120_000;

interface Attached {
  readonly volumeId: string;
  readonly instanceId: string;
}

/** The attachment of a volume to an instance; destroying it detaches. Its id is `<volume id>@<instance id>`. */
export const attachment: ResourceKind<DrillServices> = {
  kind: "ec2.attachment",
  idempotentCreate: false,
  tier: 1,
  permissions: [
    { actions: ["ec2:DescribeVolumes"] },
    {
      actions: ["ec2:DetachVolume"],
      resources: ["arn:aws:ec2:*:{account}:volume/*"],
      tagged: "on-run-resource",
    },
    { actions: ["ec2:DetachVolume"], resources: ["arn:aws:ec2:*:{account}:instance/*"] },
  ],

  ownership: {
    by: "proof",
    otherwise: "neither its volume nor its instance carries the run's tag",
    async ownerOf(entry, runId, services) {
      const { volumeId, instanceId } = attachedOf(entry);
      const ofVolume = await tagsOnEc2("ec2.volume", { ...entry, id: volumeId }, services);
      if (ofVolume === undefined) return "nobody";
      if (ownerByTags(ofVolume, runId) === "run") return "run";
      const ofInstance = await tagsOnEc2("ec2.instance", { ...entry, id: instanceId }, services);
      return ownerByTags(ofInstance, runId) === "run" ? "run" : "another";
    },
  },

  async find(entry, services) {
    const { volumeId, instanceId } = attachedOf(entry);
    const volume = await lookAtVolume(services, entry.region, volumeId);
    const link = linkOf(volume, instanceId);
    if (!link) return undefined;
    return { id: attachmentId({ volumeId, instanceId }), attributes: { device: link.Device ?? "" } };
  },

  async destroy(entry, services) {
    const { volumeId, instanceId } = attachedOf(entry);
    const ec2 = await services.aws.ec2(entry.region);
    try {
      await ec2.detachVolume({ VolumeId: volumeId, InstanceId: instanceId });
    } catch (error) {
      // IncorrectState: already detached, or detaching.
      if (!isNotFound(error) && awsErrorCode(error) !== "IncorrectState") throw error;
    }
    await untilDetached(entry, services);
  },

  async isGone(entry, services) {
    const { volumeId, instanceId } = attachedOf(entry);
    return linkOf(await lookAtVolume(services, entry.region, volumeId), instanceId) === undefined;
  },
};

export function attachmentId({ volumeId, instanceId }: Attached): string {
  return `${volumeId}@${instanceId}`;
}

function attachedOf(entry: LedgerEntry): Attached {
  return { volumeId: String(entry.attributes["volumeId"]), instanceId: String(entry.attributes["instanceId"]) };
}

function linkOf(volume: Volume | undefined, instanceId: string) {
  return volume?.Attachments?.find((link) => link.InstanceId === instanceId && link.State !== "detached");
}

async function untilDetached(entry: LedgerEntry, { watch, scope }: DrillServices): Promise<void> {
  const { volumeId, instanceId } = attachedOf(entry);
  const began = scope.clock.monotonic();
  await watch.until({
    region: entry.region,
    kind: "ec2.volume",
    id: volumeId,
    graceMs: 0,
    judge: ({ seen }) => {
      const link = linkOf(seen, instanceId);
      if (!link) return "done";
      const stuck = link.State === "busy" && scope.clock.monotonic() - began > BUSY_MS;
      return stuck ? { failed: stillBusy(entry.region, volumeId, instanceId) } : "wait";
    },
  });
}

function stillBusy(region: string, volumeId: string, instanceId: string): Failure {
  return new Failure({
    code: "volume-busy",
    message: `${volumeId} cannot be detached from ${instanceId}: it is busy (still mounted there?)`,
    fixer: "operator",
    next: `unmount it on ${instanceId}; as a last resort: aws ec2 detach-volume --force --region ${region} --volume-id ${volumeId}`,
    resourceId: volumeId,
  });
}
