import type { Schedule } from "@aws-sdk/client-dlm";
import { isoInstant } from "../../../time/clock.ts";
import { scheduleName } from "./lifecycle-policy.ts";
import type { TaggedVolume } from "./snapshot-maker.ts";

/** The tags of a snapshot that a schedule makes: the volume's if it copies them, its own, and DLM's. */
export function snapshotTags(from: {
  readonly policyId: string;
  readonly schedule: Schedule;
  readonly volume: TaggedVolume;
  readonly expiresAt: number | undefined;
}): Record<string, string> {
  const { schedule, volume, expiresAt } = from;
  const added = (schedule.TagsToAdd ?? []).map(({ Key: key, Value: value }) => [key!, value!] as const);
  return {
    ...(schedule.CopyTags && userTags(volume.tags)),
    ...Object.fromEntries(added),
    "aws:dlm:lifecycle-policy-id": from.policyId,
    "aws:dlm:lifecycle-schedule-name": scheduleName(schedule),
    "dlm:managed": "true",
    ...(expiresAt !== undefined && { "aws:dlm:expirationTime": isoInstant(expiresAt) }),
  };
}

/** Tags without those that AWS set. */
export function userTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith("aws:") && key !== "dlm:managed"));
}
