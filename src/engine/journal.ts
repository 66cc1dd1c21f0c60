import { constants, type Stats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import type { Clock, ClockJump } from "../time/clock.ts";
import { isoInstant } from "../time/clock.ts";
import { formatDuration } from "../time/duration.ts";
import type { JournaledEvent, RunEvent } from "./events.ts";
import { Failure } from "./failure.ts";
import { machineFailure } from "./machine-failure.ts";
import { CHAIN_START, chainHash, JOURNAL_VERSION, writeLine } from "./journal-line.ts";
import { openOwnFile } from "./regular-file.ts";

export type JournalListener = (event: JournaledEvent) => void;

/** Where a journal that already has lines goes on. */
export interface JournalTail {
  readonly seq: number;
  readonly prev: string;
  /** The run's monotonic milliseconds at which the journal goes on. */
  readonly mono: number;
}

interface OpenFile {
  readonly file: FileHandle;
  readonly path: string;
  /** Bytes that are there. */
  readonly size: number;
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
  readonly #path: string;
  #size: number;
  readonly #clock: Clock;
  readonly #listeners: JournalListener[] = [];
  readonly #monoOffset: number;
  #jumpsSeen: number;
  #seq: number;
  #prev: string;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #failure: Failure | undefined;

  private constructor(of: OpenFile, clock: Clock, tail: JournalTail) {
    this.#file = of.file;
    this.#path = of.path;
    this.#size = of.size;
    this.#clock = clock;
    this.#seq = tail.seq;
    this.#prev = tail.prev;
    this.#jumpsSeen = clock.jumps?.length ?? 0;
    this.#monoOffset = tail.mono - clock.monotonic();
  }

  /** Creates the file; @throws EEXIST when a journal is there already. */
  static async create(path: string, clock: Clock): Promise<Journal> {
    const file = await open(path, "ax", 0o600);
    return new Journal({ file, path, size: 0 }, clock, { seq: 0, prev: CHAIN_START, mono: 0 });
  }

  /** Goes on with a journal that was read and found whole. */
  static async continue(path: string, clock: Clock, tail: JournalTail): Promise<Journal> {
    const file = await openOwnFile(path, constants.O_WRONLY | constants.O_APPEND);
    try {
      return new Journal({ file, path, size: (await file.stat()).size }, clock, tail);
    } catch (error) {
      await file.close();
      throw error;
    }
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
    for (const jump of this.#newJumps()) void this.#enqueue(clockJumped(jump)).catch(() => undefined);
    return this.#enqueue(event);
  }

  #newJumps(): readonly ClockJump[] {
    if (!this.#clock.jumps) return [];
    this.#clock.monotonic();
    const fresh = this.#clock.jumps.slice(this.#jumpsSeen);
    this.#jumpsSeen += fresh.length;
    return fresh;
  }

  #enqueue(event: RunEvent): Promise<JournaledEvent> {
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
      v: JOURNAL_VERSION,
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
    // Some file systems tell only now that they could not write.
    await this.#file.close().catch((error: unknown) => {
      this.#failure ??= unwritable(error, this.#path);
    });
  }

  /**
   * Looks whether the file is still the one that is written to: not deleted, not cut, not replaced by another. What is found is a
   * {@link failure} from then on.
   */
  async checkFile(): Promise<void> {
    while (this.#flushing) await this.#flushing;
    if (this.#failure) return;
    try {
      const [held, named] = await Promise.all([this.#file.stat(), stat(this.#path).catch(absent)]);
      const what = difference(held, named, this.#size);
      if (what !== undefined) this.#failure = changed(this.#path, what);
    } catch (error) {
      this.#failure = unwritable(error, this.#path);
    }
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
        const bytes = Buffer.from(batch.map(({ line }) => `${line}\n`).join(""));
        await this.#file.appendFile(bytes);
        this.#size += bytes.length;
        await this.#file.datasync();
      });
    } catch (error) {
      this.#failure = unwritable(error, this.#path);
      for (const waiting of [...batch, ...this.#waiting.splice(0)]) waiting.reject(this.#failure);
      return;
    }
    for (const { event, resolve, reject } of batch) {
      try {
        for (const listener of this.#listeners) listener(event);
        resolve(event);
      } catch (error) {
        // The event is on disk; whoever appended it learns that it was not heard, and the others are not kept waiting.
        reject(error);
      }
    }
  }
}

function clockJumped({ byMs, from, to }: ClockJump): RunEvent {
  const between = `between ${isoInstant(from)} and ${isoInstant(to)}`;
  const message =
    byMs > 0
      ? `the machine slept, was paused or had its clock set ahead ${between}: ${formatDuration(byMs)} that no steady clock saw count as passed`
      : `the machine's clock was set back by ${formatDuration(-byMs)} ${between}: instants after it are earlier than those before it`;
  return { type: "finding", code: "clock-jumped", severity: "warning", message, clockJumpMs: round(byMs) };
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function unwritable(cause: unknown, path: string): Failure {
  const machine = machineFailure(cause, path);
  return new Failure({
    code: "journal-unwritable",
    message: `the run's journal cannot be written any more: ${machine?.message ?? (cause instanceof Error ? cause.message : String(cause))}`,
    fixer: "operator",
    next: machine?.next ?? "see that the disk has room and the run's folder can be written to",
    cause,
  });
}

type FileFacts = Pick<Stats, "ino" | "dev" | "size">;

function difference(held: FileFacts, named: FileFacts | undefined, size: number): string | undefined {
  if (!named) return "it was deleted or moved";
  if (held.ino !== named.ino || held.dev !== named.dev) return "another file is in its place";
  if (held.size !== size) return `it has ${held.size} bytes, and ${size} were written`;
  return undefined;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
  throw error;
}

function changed(path: string, what: string): Failure {
  return new Failure({
    code: "journal-changed",
    message: `somebody else changed the run's journal ${path} while it was written: ${what}`,
    fixer: "operator",
    next: "find out who writes there, then run the drill again: this run has no whole record",
  });
}
