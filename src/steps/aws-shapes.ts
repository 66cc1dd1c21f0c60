import * as z from "zod";
import type { Misplaced, NamedRegions } from "../drill/step-kind-schema.ts";
import { REGION_PATTERN, ZONE_PATTERN } from "../regions/region-name.ts";

/** The shapes of AWS's names that step inputs share. */
export const volumeIdShape = z.string().regex(/^vol-[0-9a-f]{8,17}$/, "must be a volume id: vol-…");
export const snapshotIdShape = z.string().regex(/^snap-[0-9a-f]{8,17}$/, "must be a snapshot id: snap-…");
export const instanceIdShape = z.string().regex(/^i-[0-9a-f]{8,17}$/, "must be an instance id: i-…");
export const regionShape = z.string().regex(REGION_PATTERN, "must be a Region: us-west-2");
export const zoneShape = z.string().regex(ZONE_PATTERN, "must be an Availability Zone name: us-west-2a");
export const zoneIdShape = z.string().regex(/^[a-z0-9]+-az\d+$/, "must be an Availability Zone id: usw2-az1");
/** A key id, an alias or the ARN of either. */
export const kmsKeyShape = z
  .string()
  .min(1)
  .max(2048)
  .regex(/^[\w:/.-]+$/, "must be a KMS key id, alias or ARN");
export const instantShape = z.iso.datetime({ offset: true });
export const tagShape = z.strictObject({
  key: z.string().min(1).max(128),
  value: z.string().max(256),
});
export const tagsShape = z.record(z.string().min(1).max(128), z.string().max(256));
export const sha256Shape = z.string().regex(/^[0-9a-f]{64}$/, "must be a hex SHA-256");

/** For a step kind's `misplaced`: a zone must be one of the input's `region`, or of the DR Region. */
export function zoneElsewhere(
  { availabilityZone, region }: Readonly<Record<string, unknown>>,
  { dr }: NamedRegions,
): readonly Misplaced[] {
  const where = region ?? dr;
  if (typeof availabilityZone !== "string" || !ZONE_PATTERN.test(availabilityZone)) return [];
  if (typeof where !== "string" || !REGION_PATTERN.test(where) || availabilityZone.slice(0, -1) === where) return [];
  const message = `${availabilityZone} is not a zone of ${where}${region === undefined ? ", the DR Region" : ""}`;
  return [{ member: "availabilityZone", message, hint: `name one of ${where}: ${where}a` }];
}
