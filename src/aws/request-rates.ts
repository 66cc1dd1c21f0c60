import type { Clock } from "../time/clock.ts";
import { RequestQueue, type Answered, type Passage } from "./request-queue.ts";
import type { BucketSize } from "./refilling-tokens.ts";

/** EC2's buckets per account and Region ("Request throttling for the Amazon EC2 API"). */
const EC2 = {
  /** Filtered or paginated, as every Describe of gameday's is. */
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

/** The rest is left to others in the account. */
const SHARE = 0.95;

/**
 * Spaces EC2's requests so that AWS has no reason to refuse one: a refused one costs more time than it waited. Requests that the
 * SDK repeats by itself do not come by here: it pauses before each, and AWS takes no token for what it has refused.
 */
export class RequestRates {
  readonly #queues = new Map<string, RequestQueue>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when a request may be sent; rejects with the signal's reason. */
  async pass({ service, region }: Addressed, operation: string, passage: Passage): Promise<Answered> {
    if (service !== "ec2") return () => undefined;
    const name = OWN_BUCKET[operation] ?? (/^(Describe|Get|List)/.test(operation) ? "describe" : "mutating");
    const key = `${region}/${name}`;
    const queue = this.#queues.get(key) ?? new RequestQueue(this.#clock, shareOf(EC2[name]));
    this.#queues.set(key, queue);
    return queue.pass(passage);
  }
}

interface Addressed {
  readonly service: string;
  readonly region: string;
}

function shareOf({ capacity, refillPerSecond }: BucketSize): BucketSize {
  return { capacity: Math.floor(capacity * SHARE), refillPerSecond: refillPerSecond * SHARE };
}
