import { createHash } from "node:crypto";
import { findRegion } from "../../regions.ts";

export interface Zone {
  /** `us-west-2a`: an alias of this account's. */
  readonly name: string;
  /** `usw2-az3`: the same zone for every account. */
  readonly id: string;
}

/** The Availability Zones of a Region. As on AWS, which letter means which zone differs from account to account. */
export function zonesOf(region: string, account: string): readonly Zone[] {
  const { zones, zoneIdPrefix } = findRegion(region) ?? { zones: "", zoneIdPrefix: "" };
  const turn = createHash("sha256").update(`${account}/${region}`).digest()[0]!;
  return [...zones].map((letter, index) => ({
    name: `${region}${letter}`,
    id: `${zoneIdPrefix}-az${((index + turn) % zones.length) + 1}`,
  }));
}
