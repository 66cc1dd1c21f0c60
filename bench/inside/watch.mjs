import { Lane } from "../../src/aws/watch/lane.ts";
import { EC2_POLLS } from "../../src/aws/watch/watch-for.ts";
import { throttle } from "../../src/sandbox/gateway/throttle.ts";

/** Time that passes only when everybody sleeps: a wait of hours takes as long as its polls. */
export class SimulatedClock {
  #now = 0;
  #sleepers = [];
  #scheduled = false;

  now() {
    return this.#now;
  }

  monotonic() {
    return this.#now;
  }

  during(work) {
    return work();
  }

  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = { due: this.#now + Math.max(0, ms), resolve };
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      });
      this.#sleepers.push(sleeper);
      this.#next();
    });
  }

  #next() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#sleepers.sort((a, b) => a.due - b.due);
      const sleeper = this.#sleepers.shift();
      if (!sleeper) return;
      this.#now = Math.max(this.#now, sleeper.due);
      sleeper.resolve();
      this.#next();
    });
  }
}

const CURVE = [
  [0, 0],
  [0.12, 0],
  [0.3, 0.14],
  [0.5, 0.42],
  [0.75, 0.83],
  [0.9, 0.99],
  [1, 0.99],
];

/** What EC2 tells of a snapshot after this share of its time. */
export const PROGRESS = {
  "as EC2 tells it": (share) => {
    const next = CURVE.findIndex(([until]) => share < until);
    const [[from, low], [to, high]] = next < 1 ? CURVE.slice(-2) : CURVE.slice(next - 1, next + 1);
    return Math.floor((low + (high - low) * ((share - from) / (to - from))) * 100) / 100;
  },
  linear: (share) => Math.floor(share * 100) / 100,
  "held at 0 %": () => 0,
  "stuck at 99 %": (share) => (share < 0.1 ? share : 0.99),
};

const IDS_PER_CALL = 1_000;
const BY_TAG = { Filters: [{ Name: "tag:gameday:run", Values: ["01BENCH"] }], MaxResults: IDS_PER_CALL };

/** EC2's buckets, as the sandbox enforces them: whether a DescribeSnapshots at this instant is refused. */
function buckets(input) {
  const intercept = throttle();
  const call = { service: "ec2", operation: "DescribeSnapshots", region: "us-east-1", input };
  return (now) => intercept({ ...call, now }) !== undefined;
}

/**
 * Waits of these many ms through a lane, all begun at once: detection errors in ms, undefined for waits that failed; the calls
 * made, how many of them the buckets refused, and how long it all took.
 */
export async function waitThroughLane(
  durations,
  { progress = PROGRESS["as EC2 tells it"], random = Math.random } = {},
) {
  const clock = new SimulatedClock();
  const refuses = buckets(BY_TAG);
  let [calls, refused] = [0, 0];
  const kindFor = () => ({
    describe: async (ids) => {
      const now = clock.now();
      for (let page = 0; page < ids.length; page += IDS_PER_CALL) {
        calls++;
        if (!refuses(now)) continue;
        refused++;
        throw Object.assign(new Error("Request limit exceeded."), { name: "RequestLimitExceeded" });
      }
      return new Map(
        ids.map((id) => {
          const share = now / durations[id];
          const state = share >= 1 ? "completed" : "pending";
          return [id, { seen: state, state, progress: share >= 1 ? 1 : progress(share) }];
        }),
      );
    },
  });
  const lane = new Lane({ budget: EC2_POLLS, region: "us-east-1", kind: "ec2.snapshot", clock, random, kindFor });
  const scope = { recordObservation: async () => {} };
  const judge = ({ seen }) => (seen === "completed" ? "done" : "wait");
  const wait = async (duration, id) => {
    await lane.join({ scope, id, judge, signals: [] });
    return clock.now() - duration;
  };
  const outcomes = await Promise.allSettled(durations.map(wait));
  return { errors: outcomes.map(({ value }) => value), calls, refused, tookMs: clock.now() };
}

const EVERY_MS = 15_000;
const MOST_LOOKS = 40;
const ATTEMPTS = 5;

/**
 * The same waits as boto3 makes them, and the AWS CLI with it: each for itself, every 15 s and 40 times at most; a refused call is
 * tried five times after pauses of up to 1, 2, 4 and 8 s, and then the wait has failed (botocore's waiter and its `legacy` retries).
 */
export function waitAsBoto3(durations, { random = Math.random } = {}) {
  const refuses = buckets({ SnapshotIds: ["snap-1"] });
  const due = durations.map((_, id) => ({ id, at: 0, looks: 0, attempt: 1 }));
  const errors = [];
  let [calls, throttled, late] = [0, 0, 0];
  while (due.length > 0) {
    const next = due.reduce((first, other) => (other.at < first.at ? other : first));
    calls++;
    if (refuses(next.at)) {
      next.at += random() * 1_000 * 2 ** (next.attempt - 1);
      if (next.attempt++ < ATTEMPTS) continue;
      throttled++;
    } else if (next.at >= durations[next.id]) {
      errors[next.id] = next.at - durations[next.id];
    } else if (++next.looks < MOST_LOOKS) {
      next.attempt = 1;
      next.at += EVERY_MS;
      continue;
    } else {
      late++;
    }
    due.splice(due.indexOf(next), 1);
  }
  return { errors, calls, throttled, late };
}
