import { Failure } from "../../engine/failure.ts";
import type { ServiceScope } from "../../engine/step-kind.ts";
import type { Clock } from "../../time/clock.ts";
import { isTransient } from "../error-codes.ts";
import type { BucketSize } from "../refilling-tokens.ts";
import { TokenBucket } from "../token-bucket.ts";
import { nextPollDelay, type Outlook } from "./next-poll.ts";
import { ProgressEta } from "./progress-eta.ts";
import type { Seen, Sighting, Verdict, WatchKind } from "./watch.ts";

/** How long after a request "not found" means "not visible yet" (EC2 is eventually consistent). */
const GRACE_MS = 60_000;
const FIRST_BACK_OFF_MS = 2_000;
const LONGEST_BACK_OFF_MS = 60_000;
/** AWS may be in trouble or out of reach for this long before a wait gives up. */
const PATIENCE_MS = 15 * 60_000;

export interface Wait<T> {
  readonly scope: ServiceScope;
  readonly id: string;
  readonly judge: (sighting: Sighting<T>) => Verdict;
  readonly signals: readonly AbortSignal[];
  readonly expectedAt?: number;
  readonly graceMs?: number;
  readonly unhurriedMs?: number;
}

interface Waiter<T> extends Wait<T> {
  readonly since: number;
  readonly eta: ProgressEta;
  serviceExpects: number | undefined;
  progress: number | undefined;
  everSeen: boolean;
  settle(outcome: { readonly sighting: Sighting<T> } | { readonly error: unknown }): void;
}

export interface LaneOptions<T> {
  readonly region: string;
  readonly kind: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** What its polls may take of the service's requests. */
  readonly budget: BucketSize;
  /** The kind, calling AWS in the name of one of the waits. `called` is told of every call. */
  readonly kindFor: (scope: ServiceScope, called: () => void) => WatchKind<T>;
}

/** Serves all waits for one kind of resource in one Region: one loop, one batch of Describe calls for all of them. */
export class Lane<T> {
  readonly #options: LaneOptions<T>;
  readonly #budget: TokenBucket;
  readonly #waiters = new Set<Waiter<T>>();
  readonly #lastState = new Map<string, string>();
  #running = false;
  #wake = new AbortController();
  #troubleSince: number | undefined;
  /** What the last poll failed with; undefined once one has been answered. */
  #trouble: unknown;

  constructor(options: LaneOptions<T>) {
    this.#options = options;
    this.#budget = new TokenBucket(options.clock.monotonic(), options.budget);
  }

  join(wait: Wait<T>): Promise<Sighting<T>> {
    return new Promise((resolve, reject) => {
      const aborted = wait.signals.find((signal) => signal.aborted);
      if (aborted) return reject(aborted.reason);
      const listeners = wait.signals.map((signal) => ({
        signal,
        onAbort: () => waiter.settle({ error: blamed(signal.reason, this.#trouble) }),
      }));
      const waiter: Waiter<T> = {
        ...wait,
        since: this.#options.clock.monotonic(),
        eta: new ProgressEta(),
        serviceExpects: undefined,
        progress: undefined,
        everSeen: false,
        settle: (outcome) => {
          this.#waiters.delete(waiter);
          for (const { signal, onAbort } of listeners) signal.removeEventListener("abort", onAbort);
          if (this.#waiters.size === 0) this.#wake.abort();
          if ("error" in outcome) reject(outcome.error);
          else resolve(outcome.sighting);
        },
      };
      for (const { signal, onAbort } of listeners) signal.addEventListener("abort", onAbort, { once: true });
      this.#waiters.add(waiter);
      this.#start();
    });
  }

  #start(): void {
    if (this.#running) return this.#wake.abort();
    this.#running = true;
    this.#trouble = undefined;
    void this.#run();
  }

  /** Polls until nobody waits any more. Whatever goes wrong goes to the waiters: the loop itself cannot fail. */
  async #run(): Promise<void> {
    const { clock } = this.#options;
    // One turn of the loop for waits that begin together to share the first call.
    await clock.sleep(0);
    while (this.#waiters.size > 0) {
      await clock.sleep(this.#budget.take(clock.monotonic()));
      // Before the poll: whoever joins while it is under way must cut the sleep after it short.
      this.#wake = new AbortController();
      const delay = await this.#poll();
      if (this.#waiters.size === 0) break;
      await clock.sleep(delay, this.#wake.signal).catch(() => undefined);
    }
    this.#running = false;
  }

  async #poll(): Promise<number> {
    const batch = [...this.#waiters];
    const first = batch[0];
    if (!first) return 0;
    let calls = 0;
    try {
      const ids = [...new Set(batch.map((waiter) => waiter.id))];
      const seen = await this.#options.kindFor(first.scope, () => calls++).describe(ids);
      this.#troubleSince = undefined;
      this.#trouble = undefined;
      for (const waiter of batch) await this.#show(waiter, seen.get(waiter.id));
      return this.#nextDelay();
    } catch (error) {
      return this.#backOff(error, batch);
    } finally {
      this.#budget.pay(Math.max(0, calls - 1));
    }
  }

  async #show(waiter: Waiter<T>, seen: Seen<T> | undefined): Promise<void> {
    const now = this.#options.clock.monotonic();
    if (!this.#waiters.has(waiter)) return;
    if (!seen && !waiter.everSeen && now - waiter.since < (waiter.graceMs ?? GRACE_MS)) return;
    waiter.everSeen ||= seen !== undefined;
    waiter.eta.look(now, seen?.progress);
    waiter.serviceExpects = seen?.expectedAt;
    waiter.progress = seen?.progress;
    await this.#observe(waiter, seen);
    const verdict = judged(waiter, seen ?? { seen: undefined });
    if (verdict === "done") waiter.settle({ sighting: seen ?? { seen: undefined } });
    else if (verdict !== "wait") waiter.settle({ error: verdict.failed });
  }

  /** Journals a state that is new since the lane's last look, with AWS's own instant where there is one. */
  async #observe(waiter: Waiter<T>, seen: Seen<T> | undefined): Promise<void> {
    const state = seen?.state ?? "not-found";
    if (this.#lastState.get(waiter.id) === state) return;
    this.#lastState.set(waiter.id, state);
    const { region, kind } = this.#options;
    const serviceAt = seen?.serviceAt === undefined ? {} : { serviceAt: seen.serviceAt };
    await waiter.scope.recordObservation({ region, kind, id: waiter.id, state, ...serviceAt });
  }

  #nextDelay(): number {
    if (this.#waiters.size === 0) return 0;
    return nextPollDelay(
      [...this.#waiters].map((waiter) => this.#outlook(waiter)),
      this.#options.random(),
    );
  }

  #outlook(waiter: Waiter<T>): Outlook {
    const { clock } = this.#options;
    const now = clock.monotonic();
    const service = waiter.serviceExpects === undefined ? undefined : waiter.serviceExpects - clock.now();
    return {
      ageMs: now - waiter.since,
      ...(waiter.progress === undefined ? {} : { progress: waiter.progress }),
      ...(service === undefined
        ? waiter.eta.at(now)
        : { etaMs: service, sigmaMs: Math.max(1000, Math.abs(service) * 0.15) }),
      ...(waiter.expectedAt === undefined ? {} : { notBeforeMs: waiter.expectedAt - clock.now() }),
      ...(waiter.unhurriedMs === undefined ? {} : { unhurriedMs: waiter.unhurriedMs }),
    };
  }

  /** Trouble on AWS's side or on the way is waited out; a "no" is final for everybody who asked. */
  #backOff(error: unknown, batch: readonly Waiter<T>[]): number {
    const now = this.#options.clock.monotonic();
    this.#troubleSince ??= now;
    this.#trouble = error;
    const troubled = now - this.#troubleSince;
    if (isTransient(error) && troubled < PATIENCE_MS) {
      return Math.min(LONGEST_BACK_OFF_MS, Math.max(FIRST_BACK_OFF_MS, troubled));
    }
    this.#troubleSince = undefined;
    for (const waiter of batch) waiter.settle({ error });
    return 0;
  }
}

/** A wait whose time is over while AWS only gives errors: those are why, and not the time. */
function blamed(reason: unknown, trouble: unknown): unknown {
  if (!(reason instanceof Failure) || !(trouble instanceof Error)) return reason;
  const { next = reason.details.next, fixer = reason.details.fixer } =
    trouble instanceof Failure ? trouble.details : {};
  return new Failure({
    ...reason.details,
    message: `${reason.message}; its last look failed: ${trouble.message}`,
    fixer,
    ...(next === undefined ? {} : { next }),
    cause: trouble,
  });
}

function judged<T>(waiter: Waiter<T>, sighting: Sighting<T>): Verdict {
  try {
    return waiter.judge(sighting);
  } catch (error) {
    return { failed: error instanceof Error ? error : new Error(String(error), { cause: error }) };
  }
}
