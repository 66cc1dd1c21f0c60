import { printable } from "../../drill/printable.ts";
import type { Phase } from "../../drill/drill.ts";
import type { PlannedStep, StepFinished, StepOutcome, StepStarted } from "../../engine/events.ts";

/** What is going on now: a step that runs, or a resource that is being destroyed. */
export interface Activity {
  readonly label: string;
  readonly since: number;
  readonly targetMs?: number;
  message: string;
}

/** What has ended. */
export interface Ended {
  readonly label: string;
  readonly outcome: StepOutcome;
  readonly durationMs: number;
  /** The run was cut off in it. */
  readonly wallClock?: boolean;
  readonly targetMs?: number;
  readonly note: string;
}

/** Finished steps a phase remembers; failures are kept in preference. */
const REMEMBERED = 8;
const LONGEST_TEXT = 160;

export type PhaseState = "waiting" | "running" | "passed" | "failed" | "skipped" | "aborted";

/** One phase as the terminal shows it. Remembers a bounded number of steps, however many there are. */
export class PhaseView {
  readonly phase: Phase;
  readonly planned: readonly PlannedStep[];
  readonly #plans: ReadonlyMap<string, PlannedStep>;
  readonly running = new Map<string, Activity>();
  state: PhaseState = "waiting";
  since = 0;
  endedAt = 0;
  ended = 0;
  failed = 0;
  #recent: Ended[] = [];
  #begun = new Set<string>();
  /** Monotonic milliseconds at which the first attempt of a step that has not ended began. */
  readonly #began = new Map<string, number>();

  constructor(phase: Phase, planned: readonly PlannedStep[]) {
    this.phase = phase;
    this.planned = planned;
    this.#plans = new Map(planned.map((step) => [step.id, step]));
  }

  get recent(): readonly Ended[] {
    return this.#recent;
  }

  /** The next planned steps that have not begun. */
  next(most: number): readonly PlannedStep[] {
    const next: PlannedStep[] = [];
    for (const step of this.planned) {
      if (next.length === most) break;
      if (!this.#begun.has(step.id)) next.push(step);
    }
    return next;
  }

  start(mono: number): void {
    this.state = "running";
    this.since = mono;
  }

  finish(outcome: Exclude<PhaseState, "waiting" | "running">, mono: number): void {
    this.state = outcome;
    this.endedAt = mono;
    this.running.clear();
  }

  stepStarted(event: StepStarted, mono: number): void {
    this.#begun.add(event.step);
    if (event.attempt === 1) this.#began.set(event.instance, mono);
    const targetMs = this.#plans.get(event.step)?.targetMs;
    const attempt = event.attempt > 1 ? ` (attempt ${event.attempt})` : "";
    const label = `${text(event.instance)}${attempt}`;
    // What was cut off and is taken up again goes on from its first beginning.
    const before = this.running.get(event.instance);
    this.running.set(event.instance, {
      label,
      since: before?.label === label ? before.since : mono,
      message: "",
      ...(targetMs === undefined ? {} : { targetMs }),
    });
  }

  progress(key: string, message: string, fraction: number | undefined): void {
    const activity = this.running.get(key);
    const share = fraction === undefined || message.includes("%") ? "" : ` ${Math.round(fraction * 100)} %`;
    if (activity) activity.message = `${text(message)}${share}`;
  }

  /** As in the report, a step's time is from its first attempt on. */
  stepFinished(event: StepFinished, mono: number): void {
    this.#begun.add(event.step);
    this.running.delete(event.instance);
    if (event.willRetry) return;
    const began = this.#began.get(event.instance);
    this.#began.delete(event.instance);
    const targetMs = this.#plans.get(event.step)?.targetMs;
    this.#remember({
      label: text(event.instance),
      outcome: event.outcome,
      durationMs: event.attempt > 1 && began !== undefined ? mono - began : event.durationMs,
      ...(event.wallClock ? { wallClock: true } : {}),
      note: text(event.failure?.message ?? event.reason ?? ""),
      ...(targetMs === undefined ? {} : { targetMs }),
    });
  }

  destroying(key: string, label: string, mono: number): void {
    if (!this.running.has(key)) this.running.set(key, { label: text(label), since: mono, message: "" });
  }

  destroyed(key: string, end: { label: string; mono: number; failure?: string }): void {
    const since = this.running.get(key)?.since ?? end.mono;
    this.running.delete(key);
    const outcome = end.failure === undefined ? "passed" : "failed";
    this.#remember({ label: text(end.label), outcome, durationMs: end.mono - since, note: text(end.failure ?? "") });
  }

  #remember(ended: Ended): void {
    this.ended++;
    if (isBad(ended)) this.failed++;
    this.#recent.push(ended);
    if (this.#recent.length <= REMEMBERED) return;
    const good = this.#recent.findIndex((one) => !isBad(one));
    this.#recent.splice(Math.max(good, 0), 1);
  }
}

export function isBad({ outcome }: Ended): boolean {
  return outcome === "failed" || outcome === "timed-out";
}

function text(raw: string): string {
  const short = raw.length > LONGEST_TEXT ? `${raw.slice(0, LONGEST_TEXT)}…` : raw;
  return printable(short);
}
