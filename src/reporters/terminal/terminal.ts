import { printable } from "../../drill/printable.ts";
import type { JournaledEvent } from "../../engine/events.ts";
import type { Clock } from "../../time/clock.ts";
import { plainReporter } from "../plain.ts";
import type { Reporter } from "../reporter.ts";
import { frameOf, type PhaseFrame } from "./frame.ts";
import { LiveRun } from "./live-run.ts";
import { PLAIN_LOOK, type Look } from "./look.ts";
import { startPainting, type Painting, type TerminalStream } from "./painter.ts";

export interface TerminalOptions {
  /** What is painted on: stderr when stdout carries data. */
  readonly stream: TerminalStream;
  /** The run's clock. */
  readonly clock: Clock;
}

export interface TerminalReporter extends Reporter {
  /** Takes the display away while `work` uses the terminal: a question to a person. */
  suspend<T>(work: () => Promise<T>): Promise<T>;
  /** Gives stream and cursor back at once, for a process that ends now. */
  leave(): void;
}

/** Rows left free below the frame, so that the heading of the shell stays in view. */
const FREE_ROWS = 3;

/** Live progress on a terminal; plain lines where the stream is none. */
export function terminalReporter(options: TerminalOptions): TerminalReporter {
  return options.stream.isTTY === true ? new LiveDisplay(options) : plainFallback(options);
}

function plainFallback({ stream }: TerminalOptions): TerminalReporter {
  return { ...plainReporter(stream), suspend: (work) => work(), leave: () => undefined };
}

class LiveDisplay implements TerminalReporter {
  readonly name = "terminal";
  readonly #stream: TerminalStream;
  readonly #clock: Clock;
  readonly #run = new LiveRun();
  /** The run's monotonic milliseconds minus the clock's: they differ when a run is resumed. */
  #offset = -Infinity;
  #starting: Promise<void> | undefined;
  #painting: Painting | undefined;

  constructor({ stream, clock }: TerminalOptions) {
    this.#stream = stream;
    this.#clock = clock;
  }

  onEvent(event: JournaledEvent): void {
    this.#offset = Math.max(this.#offset, event.mono - this.#clock.monotonic());
    this.#run.onEvent(event);
    if (event.type !== "run-started") return;
    this.#stream.write(`${titleOf(event)}\n`);
    this.#starting = this.#paint();
  }

  async finish(): Promise<void> {
    const look = await this.#erase();
    const frames = this.#frames(look ?? PLAIN_LOOK, Infinity);
    this.#stream.write(frames.flatMap((frame) => finalLines(frame, look ?? PLAIN_LOOK)).join(""));
  }

  async suspend<T>(work: () => Promise<T>): Promise<T> {
    await this.#erase();
    try {
      return await work();
    } finally {
      this.#starting = this.#paint();
    }
  }

  leave(): void {
    this.#painting?.leave();
  }

  async #paint(): Promise<void> {
    const rows = () => (this.#stream.rows ?? 24) - FREE_ROWS;
    this.#painting = await startPainting({
      stream: this.#stream,
      frame: (look) => this.#frames(look, rows()),
    });
  }

  /** Resolves with the look of what was erased; undefined when nothing was painted. */
  async #erase(): Promise<Look | undefined> {
    await this.#starting;
    const painting = this.#painting;
    this.#painting = undefined;
    await painting?.stop();
    return painting?.look;
  }

  #frames(look: Look, rows: number): readonly PhaseFrame[] {
    return frameOf(this.#run, { look, rows, mono: this.#clock.monotonic() + this.#offset });
  }
}

function titleOf({ drill, mode, runId }: Extract<JournaledEvent, { type: "run-started" }>): string {
  const simulated = mode === "rehearsal" ? " · rehearsal, SIMULATED" : "";
  return printable(`${drill.name}${simulated} · run ${runId}`);
}

function finalLines({ state, heading, lines }: PhaseFrame, look: Look): readonly string[] {
  const icon = {
    passed: look.good(look.tick),
    failed: look.bad(look.cross),
    aborted: look.bad(look.cross),
    skipped: look.dim(look.skip),
    waiting: look.dim(look.waiting),
    running: look.warn(look.waiting),
  }[state];
  return [`${icon} ${heading}\n`, ...lines.map((line) => `  ${line}\n`)];
}
