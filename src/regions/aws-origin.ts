import { partitionOf } from "./partitions.ts";
import { REGION_NAME } from "./region-name.ts";

/** Whose host it ought to be. */
export interface AwsService {
  /** By the prefix of its IAM actions: `ec2`, `cloudwatch`. Absent: any service's. */
  readonly service?: string;
  /** A Region of the partition the host must be of. */
  readonly region: string;
}

/** The first label of a service's hosts, where it is not the service's name (endpoint rules of the SDK; a test compares). */
const HOST_LABEL: Readonly<Record<string, string>> = { cloudwatch: "monitoring" };

/** No path, user or port: a port of its own is somebody else's server. */
const ORIGIN = /^https:\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)+)$/;
/** `us-gov` and `global` are IAM's. */
const PLACE = new RegExp(`^(?:${REGION_NAME}|us-gov|global)$`);
const INTERFACE_ENDPOINT = /^vpce-[a-z0-9-]+$/;
const FIPS = /-fips$/;

/**
 * Whether AWS itself answers at an origin (`https://ec2.us-east-1.amazonaws.com`): HTTPS, and a host that AWS gives to its own
 * services only – Regional, global, FIPS and dual-stack ones, and interface endpoints of VPCs. Hosts below the same suffixes that
 * customers choose what answers at (load balancers, instances, API stages, endpoint services, buckets) are not AWS.
 */
export function isAwsOrigin(origin: string, { service, region }: AwsService): boolean {
  const host = ORIGIN.exec(origin.toLowerCase())?.[1];
  if (host === undefined) return false;
  const suffix = partitionOf(region).dnsSuffixes.find((candidate) => host.endsWith(`.${candidate}`));
  if (suffix === undefined) return false;
  const labels = host.slice(0, -suffix.length - 1).split(".");
  const own =
    labels.length === 4 && labels[3] === "vpce" && INTERFACE_ENDPOINT.test(labels[0]!) ? labels.slice(1, 3) : labels;
  const [name = "", place, ...more] = own;
  return more.length === 0 && isNamed(name, service) && (place === undefined || PLACE.test(place));
}

function isNamed(label: string, service: string | undefined): boolean {
  if (service === undefined) return !label.startsWith("vpce-");
  return label.replace(FIPS, "") === (HOST_LABEL[service] ?? service);
}
