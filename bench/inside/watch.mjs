import { Lane } from "../../src/aws/watch/lane.ts";

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

/** Waits of these many ms through a lane, all begun at once: detection errors in ms, and the calls made. */
export async function waitThroughLane(
  durations,
  { progress = PROGRESS["as EC2 tells it"], random = Math.random } = {},
) {
  const clock = new SimulatedClock();
  let calls = 0;
  const kindFor = () => ({
    describe: async (ids) => {
      calls += Math.ceil(ids.length / IDS_PER_CALL);
      const now = clock.now();
      return new Map(
        ids.map((id) => {
          const share = now / durations[id];
          const state = share >= 1 ? "completed" : "pending";
          return [id, { seen: state, state, progress: share >= 1 ? 1 : progress(share) }];
        }),
      );
    },
  });
  const budget = { capacity: 10, refillPerSecond: 1 };
  const lane = new Lane({ budget, region: "us-east-1", kind: "ec2.snapshot", clock, random, kindFor });
  const scope = { recordObservation: async () => {} };
  const judge = ({ seen }) => (seen === "completed" ? "done" : "wait");
  const errors = await Promise.all(
    durations.map(async (duration, id) => {
      await lane.join({ scope, id, judge, signals: [] });
      return clock.now() - duration;
    }),
  );
  return { errors, calls };
}
