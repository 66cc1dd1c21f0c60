import { open, type FileHandle } from "node:fs/promises";
import type { Clock } from "../time/clock.ts";
import { isoInstant } from "../time/clock.ts";
import type { JournaledEvent, RunEvent } from "./events.ts";
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
 * before any listener hears of it; events that come while a sync is going on share the next one.
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

  /** Resolves when the event is on disk. The instant it carries is the one of the call. */
  append(event: RunEvent): Promise<JournaledEvent> {
    const journaled: JournaledEvent = {
      v: 1,
      seq: this.#seq++,
      at: isoInstant(this.#clock.now()),
      mono: round(this.#clock.monotonic() + this.#monoOffset),
      prev: this.#prev,
      ...event,
    };
    const line = writeLine(journaled);
    this.#prev = chainHash(line);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event: journaled, line, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Waits for everything appended so far, then closes the file. */
  async close(): Promise<void> {
    while (this.#flushing) await this.#flushing;
    await this.#file.close();
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
      for (const waiting of batch) waiting.reject(error);
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
