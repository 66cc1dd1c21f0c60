import type { InitializationStatusDetails, VolumeStatusItem } from "@aws-sdk/client-ec2";
import type { FilterTable } from "./filters.ts";
import type { Initialization, Volume } from "./model.ts";

/** EC2 looks at initialization only so often: what it reports may be this old. */
const STALENESS_MS = 10_000;

/** A volume's status checks and, for one made from a snapshot, how much of it is loaded. */
export function describedStatus(volume: Volume, now: number): VolumeStatusItem {
  const details = volume.initialization && initializationDetails(volume.initialization, now);
  const loaded = details === undefined || details.Progress === 100;
  return {
    VolumeId: volume.id,
    AvailabilityZone: volume.zone.name,
    AvailabilityZoneId: volume.zone.id,
    VolumeStatus: {
      Status: volume.state === "creating" ? "insufficient-data" : "ok",
      Details: [
        { Name: "io-enabled", Status: volume.state === "creating" ? "insufficient-data" : "passed" },
        { Name: "io-performance", Status: "not-applicable" },
        ...(details ? [{ Name: "initialization-state" as const, Status: loaded ? "completed" : "initializing" }] : []),
      ],
    },
    Actions: [],
    Events: [],
    AttachmentStatuses: volume.attachment
      ? [{ InstanceId: volume.attachment.instanceId, IoPerformance: "not-applicable" }]
      : [],
    ...(details && { InitializationStatusDetails: details }),
  };
}

function initializationDetails({ type, startsAt, endsAt }: Initialization, now: number): InitializationStatusDetails {
  const seen = now >= endsAt ? now : Math.floor(now / STALENESS_MS) * STALENESS_MS;
  const share = endsAt > startsAt ? (seen - startsAt) / (endsAt - startsAt) : 1;
  const progress = Math.floor(Math.min(1, Math.max(0, share)) * 100);
  return {
    InitializationType: type,
    Progress: progress,
    ...(type === "provisioned-rate" && progress < 100
      ? { EstimatedTimeToCompleteInSeconds: Math.ceil((endsAt - now) / 1_000) }
      : {}),
  };
}

export const VOLUME_STATUS_FILTERS: FilterTable<Volume> = {
  "availability-zone": ({ zone }) => zone.name,
  "availability-zone-id": ({ zone }) => zone.id,
  "volume-status.status": ({ state }) => (state === "creating" ? "insufficient-data" : "ok"),
  "volume-status.details-name": ({ initialization }) =>
    initialization ? ["io-enabled", "io-performance", "initialization-state"] : ["io-enabled", "io-performance"],
};
