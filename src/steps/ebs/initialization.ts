import type { DrillServices } from "../services.ts";

/** What EBS says of loading a volume from its snapshot (DescribeVolumeStatus; up to five minutes old). Nothing for empty volumes. */
export async function initializationOf({ aws }: DrillServices, region: string, volumeId: string) {
  const ec2 = await aws.ec2(region);
  const { VolumeStatuses = [] } = await ec2.describeVolumeStatus({ VolumeIds: [volumeId] });
  const { InitializationType: type, Progress: percent } = VolumeStatuses[0]?.InitializationStatusDetails ?? {};
  if (type === undefined) return {};
  return { initialization: { type: String(type), ...(percent === undefined ? {} : { progress: percent / 100 }) } };
}
