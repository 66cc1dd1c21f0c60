import { createHash } from "node:crypto";
import type { Clock } from "../time/clock.ts";

export interface WorldOptions {
  readonly clock: Clock;
  /** Absolute path of the folder that holds every byte the sandbox writes. */
  readonly folder: string;
  readonly account?: string;
  /** Regions that the account has opted in to, besides those that need no opt-in. */
  readonly optedIn?: readonly string[];
  /** Whether root's scripts run where nothing can keep them from the machine; they do not by default. */
  readonly allowUnconfinedScripts?: boolean;
  /** Makes ids, jitter and durations repeatable. */
  readonly seed?: string;
}

/** A state change or a call, as it really happened: the oracle that tests and benchmarks hold gameday against. */
export interface LogEntry {
  /** Epoch milliseconds of the sandbox's clock. */
  readonly at: number;
  readonly region: string;
  /** `call` for requests; else the resource type, for example `ec2.volume`. */
  readonly what: string;
  /** The operation, or the resource's id. */
  readonly id: string;
  /** The new state, or the outcome of the call (`200`, or an error code). */
  readonly state: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

const MOST_ENTRIES = 200_000;
const ENTRIES_AT_ONCE = 20_000;

interface Due {
  readonly at: number;
  readonly order: number;
  happen(now: number): void | Promise<void>;
}

/**
 * What all services of a sandbox share: the clock, the future and the log. State changes are scheduled with {@link schedule} and
 * happen, in time order and each at its own instant, before the next request is served: nothing polls and nothing is late.
 */
export class World {
  readonly clock: Clock;
  readonly folder: string;
  readonly account: string;
  readonly optedIn: ReadonlySet<string>;
  readonly allowUnconfinedScripts: boolean;
  readonly log: LogEntry[] = [];
  #forgotten = 0;
  readonly #seed: string;
  readonly #counters = new Map<string, number>();
  #future: Due[] = [];
  #order = 0;
  #catchingUp: Promise<void> = Promise.resolve();

  constructor(options: WorldOptions) {
    this.clock = options.clock;
    this.folder = options.folder;
    this.account = options.account ?? "111122223333";
    this.optedIn = new Set(options.optedIn);
    this.allowUnconfinedScripts = options.allowUnconfinedScripts ?? false;
    this.#seed = options.seed ?? "gameday";
  }

  /** Lets `happen` run once the clock has reached `at`. It gets that instant, not the one at which it is noticed. */
  schedule(at: number, happen: Due["happen"]): void {
    this.#future.push({ at, order: this.#order++, happen });
    this.#future.sort((a, b) => a.at - b.at || a.order - b.order);
  }

  /** Lets everything happen that is due by now; returns now. Requests await this before they are served. */
  async catchUp(): Promise<number> {
    const turn = this.#catchingUp.then(() => this.#runDue());
    this.#catchingUp = turn.catch(() => undefined);
    await turn;
    return this.clock.now();
  }

  async #runDue(): Promise<void> {
    while (this.#future[0] && this.#future[0].at <= this.clock.now()) {
      const due = this.#future.shift()!;
      await due.happen(due.at);
    }
  }

  /** A sandbox may run for months: the oldest entries go when there are very many. */
  record(entry: LogEntry): void {
    this.log.push(entry);
    if (this.log.length > MOST_ENTRIES + ENTRIES_AT_ONCE) this.#forgotten += this.log.splice(0, ENTRIES_AT_ONCE).length;
  }

  /** How many entries there have been, those included that the log no longer holds. */
  get entriesSoFar(): number {
    return this.#forgotten + this.log.length;
  }

  /** The entries from the `from`-th there has been, as far as they are still held. */
  entriesFrom(from: number): readonly LogEntry[] {
    return this.log.slice(Math.max(0, from - this.#forgotten));
  }

  /** A new id such as `vol-0a1b…`: `digits` hex digits, repeatable for the same seed and order of calls. */
  newId(prefix: string, digits = 17): string {
    return `${prefix}${this.#hash(prefix).slice(0, digits)}`;
  }

  /** A repeatable number in [0, 1) for the `count`-th question about `topic`. */
  chance(topic: string): number {
    return parseInt(this.#hash(`chance:${topic}`).slice(0, 12), 16) / 2 ** 48;
  }

  #hash(topic: string): string {
    const count = (this.#counters.get(topic) ?? 0) + 1;
    this.#counters.set(topic, count);
    return createHash("sha256").update(`${this.#seed}/${topic}/${count}`).digest("hex");
  }
}
