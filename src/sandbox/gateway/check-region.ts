import { findRegion } from "../regions.ts";
import { AwsError } from "../service.ts";

/** What AWS answers in a Region that the account has not opted in to: its credentials are unknown there. */
export function checkRegion(name: string, service: string): void {
  const region = findRegion(name);
  if (!region) throw new AwsError("InvalidRegion", `The gameday sandbox has no Region ${name}.`);
  if (region.optInStatus !== "not-opted-in") return;
  if (service === "ec2") {
    throw new AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401);
  }
  throw new AwsError("UnrecognizedClientException", "The security token included in the request is invalid.", 403);
}
