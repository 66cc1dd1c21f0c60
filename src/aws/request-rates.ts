import type { Clock } from "../time/clock.ts";
import { TokenBucket, type BucketSize } from "./token-bucket.ts";

/** EC2's buckets per account and Region ("Request throttling for the Amazon EC2 API"). */
const EC2 = {
  describe: { capacity: 100, refillPerSecond: 20 },
  mutating: { capacity: 50, refillPerSecond: 5 },
  volumesAndSnapshots: { capacity: 100, refillPerSecond: 5 },
  tags: { capacity: 100, refillPerSecond: 10 },
  terminateInstances: { capacity: 100, refillPerSecond: 5 },
  runInstances: { capacity: 5, refillPerSecond: 2 },
} as const satisfies Readonly<Record<string, BucketSize>>;

const OWN_BUCKET: Readonly<Record<string, keyof typeof EC2>> = {
  CreateVolume: "volumesAndSnapshots",
  DeleteVolume: "volumesAndSnapshots",
  CreateSnapshot: "volumesAndSnapshots",
  DeleteSnapshot: "volumesAndSnapshots",
  CreateTags: "tags",
  DeleteTags: "tags",
  TerminateInstances: "terminateInstances",
  RunInstances: "runInstances",
};

/** What is left to others in the account, and to requests that arrive closer together than they were sent. */
const SHARE = 0.95;

/** Spaces EC2's requests so that AWS has no reason to refuse one: a refused one costs more time than it waited. */
export class RequestRates {
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits until a request may be sent. */
  async pass({ service, region }: Addressed, operation: string, signal?: AbortSignal): Promise<void> {
    if (service !== "ec2") return;
    const name = OWN_BUCKET[operation] ?? (/^(Describe|Get|List)/.test(operation) ? "describe" : "mutating");
    const now = this.#clock.monotonic();
    const key = `${region}/${name}`;
    const bucket = this.#buckets.get(key) ?? new TokenBucket(now, shareOf(EC2[name]));
    this.#buckets.set(key, bucket);
    const waitMs = bucket.take(now);
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
  }
}

interface Addressed {
  readonly service: string;
  readonly region: string;
}

function shareOf({ capacity, refillPerSecond }: BucketSize): BucketSize {
  return { capacity: Math.floor(capacity * SHARE), refillPerSecond: refillPerSecond * SHARE };
}
