import type { Instance, Snapshot, Volume } from "@aws-sdk/client-ec2";
import { instancesWith } from "../aws/watch/kinds/instances.ts";
import { snapshotsWith } from "../aws/watch/kinds/snapshots.ts";
import { volumesWith } from "../aws/watch/kinds/volumes.ts";
import type { DrillServices } from "../steps/services.ts";

type Looking = Pick<DrillServices, "aws">;

/** A volume as it is now; undefined when there is none (any more). */
export async function lookAtVolume({ aws }: Looking, region: string, id: string): Promise<Volume | undefined> {
  const volumes = await volumesWith({ aws, region }, [{ Name: "volume-id", Values: [id] }]);
  return volumes.find((volume) => volume.State !== "deleted");
}

/** An instance as it is now; also a terminated one, which stays visible for an hour. */
export async function lookAtInstance({ aws }: Looking, region: string, id: string): Promise<Instance | undefined> {
  return (await instancesWith({ aws, region }, [{ Name: "instance-id", Values: [id] }]))[0];
}

/** An own snapshot as it is now; one in the Recycle Bin is not visible here. */
export async function lookAtSnapshot({ aws }: Looking, region: string, id: string): Promise<Snapshot | undefined> {
  return (await snapshotsWith({ aws, region }, [{ Name: "snapshot-id", Values: [id] }]))[0];
}
