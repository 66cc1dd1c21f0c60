import { findRegion, optInStatusOf } from "../regions.ts";
import { AwsError } from "../service.ts";
import { unknownCredentials } from "./credential-errors.ts";

/** In a Region that the account has not opted in to, its credentials are unknown. */
export function checkRegion(name: string, service: string, optedIn: ReadonlySet<string>): void {
  const region = findRegion(name);
  if (!region) throw new AwsError("InvalidRegion", `The gameday sandbox has no Region ${name}.`);
  if (optInStatusOf(region, optedIn) === "not-opted-in") throw unknownCredentials(service);
}
