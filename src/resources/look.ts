import type { Instance, Snapshot, Volume } from "@aws-sdk/client-ec2";
import { snapshotsWith } from "../aws/watch/kinds/snapshots.ts";
import type { DrillServices } from "../steps/services.ts";

type Looking = Pick<DrillServices, "aws">;

/** A volume as it is now; undefined when there is none (any more). */
export async function lookAtVolume({ aws }: Looking, region: string, id: string): Promise<Volume | undefined> {
  const ec2 = await aws.ec2(region);
  const { Volumes = [] } = await ec2.describeVolumes({ Filters: [{ Name: "volume-id", Values: [id] }], MaxResults: 5 });
  return Volumes.find((volume) => volume.State !== "deleted");
}

/** An instance as it is now; also a terminated one, which stays visible for an hour. */
export async function lookAtInstance({ aws }: Looking, region: string, id: string): Promise<Instance | undefined> {
  const ec2 = await aws.ec2(region);
  const { Reservations = [] } = await ec2.describeInstances({
    Filters: [{ Name: "instance-id", Values: [id] }],
    MaxResults: 5,
  });
  return Reservations.flatMap((reservation) => reservation.Instances ?? [])[0];
}

/** An own snapshot as it is now; one in the Recycle Bin is not visible here. */
export async function lookAtSnapshot({ aws }: Looking, region: string, id: string): Promise<Snapshot | undefined> {
  return (await snapshotsWith({ aws, region }, [{ Name: "snapshot-id", Values: [id] }]))[0];
}
