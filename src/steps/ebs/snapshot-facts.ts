import type { Snapshot } from "@aws-sdk/client-ec2";
import * as z from "zod";

/** What steps put out about the snapshot they have waited for. */
export const snapshotFactsShape = {
  snapshotId: z.string(),
  startTime: z.string().describe("ISO instant at which it was started"),
  completionTime: z.string().optional().describe("ISO instant of its completion, by EC2's own clock"),
  sizeBytes: z.number().describe("Full size of its data; the volume's size where EC2 does not tell"),
  volumeSizeGiB: z.number(),
  encrypted: z.boolean(),
  kmsKeyId: z.string().optional(),
};

export function snapshotFacts(snapshot: Snapshot) {
  const {
    SnapshotId,
    StartTime,
    CompletionTime,
    FullSnapshotSizeInBytes,
    VolumeSize = 0,
    Encrypted,
    KmsKeyId,
  } = snapshot;
  return {
    snapshotId: SnapshotId ?? "",
    startTime: StartTime?.toISOString() ?? "",
    ...(CompletionTime ? { completionTime: CompletionTime.toISOString() } : {}),
    sizeBytes: FullSnapshotSizeInBytes ?? VolumeSize * 2 ** 30,
    volumeSizeGiB: VolumeSize,
    encrypted: Encrypted ?? false,
    ...(KmsKeyId === undefined ? {} : { kmsKeyId: KmsKeyId }),
  };
}
