import { AwsError } from "../service.ts";
import type { Call, Interceptor } from "./call.ts";

/** Capacity and refill per second of a token bucket. */
type Bucket = readonly [capacity: number, refillPerSecond: number];

/** EC2's documented buckets per account and Region ("Request throttling for the Amazon EC2 API"). */
const EC2: Readonly<Record<string, Bucket>> = {
  describe: [100, 20],
  unfilteredDescribe: [50, 10],
  mutating: [50, 5],
  volumesAndSnapshots: [100, 5],
  tags: [100, 10],
  terminateInstances: [100, 5],
  runInstances: [5, 2],
  startInstances: [5, 2],
  copyImage: [100, 1],
};

const LARGE_UNFILTERED = new Set([
  "DescribeInstances",
  "DescribeInstanceStatus",
  "DescribeNetworkInterfaces",
  "DescribeSecurityGroups",
  "DescribeSnapshots",
  "DescribeSpotInstanceRequests",
  "DescribeVolumes",
]);

const OWN_BUCKET: Readonly<Record<string, string>> = {
  CreateVolume: "volumesAndSnapshots",
  DeleteVolume: "volumesAndSnapshots",
  CreateSnapshot: "volumesAndSnapshots",
  CreateSnapshots: "volumesAndSnapshots",
  DeleteSnapshot: "volumesAndSnapshots",
  ModifySnapshotAttribute: "volumesAndSnapshots",
  CreateTags: "tags",
  DeleteTags: "tags",
  TerminateInstances: "terminateInstances",
  RunInstances: "runInstances",
  StartInstances: "startInstances",
  CopyImage: "copyImage",
};

/** Refuses calls above AWS's documented rates, on the sandbox's clock, per Region. */
export function throttle(): Interceptor {
  const fillings = new Map<string, { tokens: number; at: number }>();
  return (call) => {
    if (call.service !== "ec2") return undefined;
    const name = ec2Bucket(call);
    const key = `${call.region}/${name}`;
    const [capacity, refill] = EC2[name]!;
    const { tokens, at } = fillings.get(key) ?? { tokens: capacity, at: call.now };
    const filled = Math.min(capacity, tokens + (Math.max(0, call.now - at) / 1000) * refill);
    const granted = filled >= 1;
    fillings.set(key, { tokens: granted ? filled - 1 : filled, at: call.now });
    return granted
      ? undefined
      : { kind: "error", error: new AwsError("RequestLimitExceeded", "Request limit exceeded.", 503) };
  };
}

function ec2Bucket({ operation, input }: Call): string {
  const own = OWN_BUCKET[operation];
  if (own) return own;
  if (!/^(Describe|Get|List)/.test(operation)) return "mutating";
  const narrowed = Object.entries(input).some(
    ([name, value]) => name !== "DryRun" && name !== "OwnerIds" && isGiven(value),
  );
  return LARGE_UNFILTERED.has(operation) && !narrowed ? "unfilteredDescribe" : "describe";
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}
