import type { Volume, VolumeAttachment } from "@aws-sdk/client-ec2";
import type { z } from "zod";
import { volumesWith } from "../../aws/watch/kinds/volumes.ts";
import { Failure } from "../../engine/failure.ts";
import type { DrillServices } from "../services.ts";
import { tagShape, volumeIdShape } from "../aws-shapes.ts";

/** The two ways a step can be told which volume is meant. */
export const volumeChoice = {
  volumeId: volumeIdShape.optional().describe("The volume; or give volumeTag"),
  volumeTag: tagShape.optional().describe("A tag that exactly one volume in the Region has"),
};

/** For `refine` on an input that has {@link volumeChoice}. */
export const oneVolumeNamed = [
  (input: VolumeChoice) => (input.volumeId === undefined) !== (input.volumeTag === undefined),
  "give either volumeId or volumeTag",
] as const;

interface VolumeChoice {
  readonly volumeId?: string | undefined;
  readonly volumeTag?: z.output<typeof tagShape> | undefined;
}

/** The one volume that is meant. @throws Failure when there is none, or when the tag does not single one out. */
export async function findVolume({ aws }: DrillServices, region: string, choice: VolumeChoice): Promise<Volume> {
  const { volumeId, volumeTag } = choice;
  const filter = volumeTag
    ? { Name: `tag:${volumeTag.key}`, Values: [volumeTag.value] }
    : { Name: "volume-id", Values: [volumeId ?? ""] };
  const volumes = (await volumesWith({ aws, region }, [filter])).filter(
    ({ State }) => State !== "deleted" && State !== "deleting",
  );
  const [only] = volumes;
  if (only && volumes.length === 1) return only;
  const wanted = volumeTag ? `with the tag ${volumeTag.key}=${volumeTag.value}` : `${volumeId}`;
  if (!only) throw notOne("volume-not-found", `There is no volume ${wanted} in ${region}`);
  const ids = volumes.map(({ VolumeId }) => VolumeId).join(", ");
  throw notOne("volume-ambiguous", `${volumes.length} volumes ${wanted} are in ${region}: ${ids}`);
}

function notOne(code: string, message: string): Failure {
  return new Failure({ code, message, fixer: "drill author", next: "name the volume by its volumeId" });
}

/** The volume's complete attachment, to the given instance if one is given. @throws Failure when it has none. */
export function attachmentOf(volume: Volume, instanceId?: string): VolumeAttachment & { readonly InstanceId: string } {
  const found = volume.Attachments?.find(
    (link) => link.State === "attached" && (instanceId === undefined || link.InstanceId === instanceId),
  );
  if (found?.InstanceId !== undefined) return { ...found, InstanceId: found.InstanceId };
  throw new Failure({
    code: "volume-not-attached",
    message: `${volume.VolumeId} is not attached to ${instanceId ?? "a running instance"} (it is ${volume.State})`,
    fixer: "drill author",
    next: instanceId ? "attach it first: ebs.attach-volume" : "attach it to a running instance that SSM manages",
    ...(volume.VolumeId === undefined ? {} : { resourceId: volume.VolumeId }),
  });
}
