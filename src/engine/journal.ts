import { open, type FileHandle } from "node:fs/promises";
import type { Clock } from "../time/clock.ts";
import { isoInstant } from "../time/clock.ts";
import type { JournaledEvent, RunEvent } from "./events.ts";
import { Failure } from "./failure.ts";
import { CHAIN_START, chainHash, writeLine } from "./journal-line.ts";

export type JournalListener = (event: JournaledEvent) => void;

/** Where a journal that already has lines goes on. */
export interface JournalTail {
  readonly seq: number;
  readonly prev: string;
  /** The run's monotonic milliseconds at which the journal goes on. */
  readonly mono: number;
}

interface Waiting {
  readonly event: JournaledEvent;
  readonly line: string;
  resolve(event: JournaledEvent): void;
  reject(error: unknown): void;
}

/**
 * The append-only file of a run's events, one JSON line each. An event is on disk (fdatasync) before {@link append} resolves and
 * before any listener hears of it; events that come while a sync is going on share the next one. After one write has failed
 * nothing is written any more: the lines that are there stay whole, and the one that failed is at most a torn last one.
 */
export class Journal {
  readonly #file: FileHandle;
  readonly #clock: Clock;
  readonly #listeners: JournalListener[] = [];
  readonly #monoOffset: number;
  #seq: number;
  #prev: string;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #failure: Failure | undefined;

  private constructor(file: FileHandle, clock: Clock, tail: JournalTail) {
    this.#file = file;
    this.#clock = clock;
    this.#seq = tail.seq;
    this.#prev = tail.prev;
    this.#monoOffset = tail.mono - clock.monotonic();
  }

  /** Creates the file; @throws EEXIST when a journal is there already. */
  static async create(path: string, clock: Clock): Promise<Journal> {
    return new Journal(await open(path, "ax", 0o600), clock, { seq: 0, prev: CHAIN_START, mono: 0 });
  }

  /** Goes on with a journal that was read and found whole. */
  static async continue(path: string, clock: Clock, tail: JournalTail): Promise<Journal> {
    return new Journal(await open(path, "a", 0o600), clock, tail);
  }

  onEvent(listener: JournalListener): void {
    this.#listeners.push(listener);
  }

  /** Why the file cannot be written any more. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /**
   * Resolves when the event is on disk. The instant it carries is the one of the call.
   * @throws Failure `journal-unwritable`
   */
  append(event: RunEvent): Promise<JournaledEvent> {
    if (this.#failure) return Promise.reject(this.#failure);
    const journaled = this.#journaled(event);
    const line = writeLine(journaled);
    this.#prev = chainHash(line);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event: journaled, line, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Tells the listeners without writing: what must go on although the file cannot be written is seen at least. */
  tell(event: RunEvent): JournaledEvent {
    const journaled = this.#journaled(event);
    for (const listener of this.#listeners) listener(journaled);
    return journaled;
  }

  #journaled(event: RunEvent): JournaledEvent {
    return {
      v: 1,
      seq: this.#seq++,
      at: isoInstant(this.#clock.now()),
      mono: round(this.#clock.monotonic() + this.#monoOffset),
      prev: this.#prev,
      ...event,
    };
  }

  /** Waits for everything appended so far, then closes the file. */
  async close(): Promise<void> {
    while (this.#flushing) await this.#flushing;
    // A file that cannot be written may not even be closed.
    await this.#file.close().catch((error: unknown) => {
      if (!this.#failure) throw error;
    });
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#write(batch);
    }
    this.#flushing = undefined;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#clock.during(async () => {
        await this.#file.appendFile(batch.map(({ line }) => `${line}\n`).join(""));
        await this.#file.datasync();
      });
    } catch (error) {
      this.#failure = unwritable(error);
      for (const waiting of [...batch, ...this.#waiting.splice(0)]) waiting.reject(this.#failure);
      return;
    }
    for (const { event, resolve } of batch) {
      for (const listener of this.#listeners) listener(event);
      resolve(event);
    }
  }
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function unwritable(cause: unknown): Failure {
  return new Failure({
    code: "journal-unwritable",
    message: `the run's journal cannot be written any more: ${cause instanceof Error ? cause.message : String(cause)}`,
    fixer: "operator",
    next: "see that the disk has room and the run's folder can be written to",
    cause,
  });
}
