import { EOL } from "node:os";
import type * as Listr2 from "listr2";
import { PHASES, type Phase } from "../../drill/drill.ts";
import { ticker } from "../../time/ticker.ts";
import type { PhaseFrame } from "./frame.ts";
import type { Look } from "./look.ts";

/** Real milliseconds between two frames. */
const FRAME_MS = 100;

export type TerminalStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly rows?: number };

export interface PaintRequest {
  readonly stream: TerminalStream;
  /** Computes what to show; called about ten times a second. */
  frame(look: Look): readonly PhaseFrame[];
}

export interface Painting {
  readonly look: Look;
  /** Takes the live frame off the screen and gives the stream and the cursor back. */
  stop(): Promise<void>;
  /** The same at once, for a process that is about to end: the last frame stays. */
  leave(): void;
}

/**
 * Paints frames with listr2: one task per phase and never one per step, whose cost grows with the square of their number.
 * The only importer of listr2, which is loaded when painting starts.
 */
export async function startPainting({ stream, frame }: PaintRequest): Promise<Painting> {
  const listr2 = await import("listr2");
  const spinner = new listr2.Spinner();
  const look = lookOf(listr2, spinner);
  const writable = stream as NodeJS.WriteStream;
  // Both of its streams are the painted one: whatever else is written elsewhere is none of the painter's business.
  const processOutput = new listr2.ProcessOutput(writable, writable, { leaveEmptyLine: false });
  const slots = PHASES.map((phase): Slot => ({ phase, open: openEnd() }));
  const list = new listr2.Listr(slots.map(taskOf), {
    exitOnError: false,
    registerSignalListeners: false,
    renderer: anyStream(listr2),
    rendererOptions: { ...RENDERING, spinner, logger: new listr2.ListrLogger({ processOutput }) },
  });
  const stopTicking = ticker(FRAME_MS, () => show(slots, list.tasks, frame(look)));
  let painting = true;
  const over = list.run().finally(() => {
    painting = false;
  });
  return {
    look,
    async stop() {
      stopTicking();
      for (const { open } of slots) open.resolve();
      await over;
    },
    leave() {
      stopTicking();
      spinner.stop();
      if (painting) processOutput.release();
      painting = false;
    },
  };
}

/** listr2 paints only where standard output is a terminal; what is painted here may be standard error. */
function anyStream({ DefaultRenderer }: typeof Listr2): typeof Listr2.DefaultRenderer {
  return class extends DefaultRenderer {
    static override nonTTY = true;
  };
}

const RENDERING = {
  clearOutput: true,
  collapseErrors: true,
  showErrorMessage: false,
  showSkipMessage: false,
  formatOutput: "truncate",
} as const;

/** One task of the list: a phase, held open until its fate is known. */
interface Slot {
  readonly phase: Phase;
  readonly open: OpenEnd;
  skip?: () => void;
}

function taskOf(slot: Slot): { title: string; task(context: unknown, task: { skip(): void }): Promise<void> } {
  return {
    title: slot.phase,
    task: (_, task) => {
      slot.skip = () => task.skip();
      return slot.open.promise;
    },
  };
}

/** Brings listr2's tasks up to the frame. A phase that has ended is closed; what comes after it can then begin. */
function show(slots: readonly Slot[], tasks: readonly { title$: string }[], frames: readonly PhaseFrame[]): void {
  const lastBegun = frames.findLastIndex(({ state }) => state !== "waiting");
  for (const [index, { state, heading, lines }] of frames.entries()) {
    const slot = slots[index];
    const task = tasks[index];
    if (!slot || !task) continue;
    task.title$ = [heading, ...lines].join(EOL);
    const passedOver = state === "waiting" && index < lastBegun;
    if (state === "skipped" || passedOver) slot.skip?.();
    if (state === "failed" || state === "aborted") slot.open.reject(new Error(state));
    if (state === "passed" || state === "skipped" || passedOver) slot.open.resolve();
  }
}

function lookOf({ color, figures }: typeof Listr2, spinner: Listr2.Spinner): Look {
  return {
    tick: figures.tick,
    cross: figures.cross,
    skip: figures.arrowDown,
    waiting: figures.squareSmallFilled,
    spin: () => spinner.fetch(),
    good: color.green,
    bad: color.red,
    warn: color.yellow,
    dim: color.dim,
  };
}

interface OpenEnd {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

function openEnd(): OpenEnd {
  let end: Pick<OpenEnd, "resolve" | "reject"> | undefined;
  const promise = new Promise<void>((resolve, reject) => {
    end = { resolve, reject };
  });
  // A phase may fail before its task has begun to listen.
  promise.catch(() => undefined);
  return { promise, ...end! };
}
