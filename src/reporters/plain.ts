import { printable } from "../drill/printable.ts";
import type { JournaledEvent, PlannedStep, StepFinished } from "../engine/events.ts";
import type { FailureRecord } from "../engine/failure.ts";
import { formatBudget, formatDuration } from "../time/duration.ts";
import { lineOutput } from "./line-output.ts";
import type { Reporter } from "./reporter.ts";
import { RtoClock } from "./rto-clock.ts";
import { thinning, widening } from "./thinning.ts";
import { counted, formatInstant } from "./wording.ts";

/** Lines of one phase that are printed one by one before only counts and failures are. */
const WHOLE_LINES = 100;
const MOST_FAILURES = 100;
const MOST_DETAILS = 10;

/** A line for every phase and step, for logs and pipes. Thousands of steps give some hundred lines. */
export function plainReporter(stream: NodeJS.WritableStream): Reporter {
  const output = lineOutput(stream);
  const narrator = new Narrator();
  return {
    name: "plain",
    onEvent: (event) => {
      for (const line of narrator.tell(event)) output.line(printable(line));
    },
    finish: () => output.flush(),
  };
}

/** Turns events into lines; remembers the running steps, the names of resources and some counts. */
export class Narrator {
  readonly #clock = new RtoClock();
  #plans: ReadonlyMap<string, PlannedStep> = new Map();
  #phase = new PhaseCounts(0);
  readonly #resources = new Map<string, string>();
  /** Monotonic milliseconds at which the first attempt of a running step began. */
  readonly #began = new Map<string, number>();
  readonly #progressDue = new Map<string, (now: number) => boolean>();

  tell(event: JournaledEvent): readonly string[] {
    this.#clock.onEvent(event);
    return this.#lines(event).map((line, index) =>
      index === 0 ? `${formatInstant(event.at)} ${line}` : `    ${line}`,
    );
  }

  #lines(event: JournaledEvent): readonly string[] {
    switch (event.type) {
      case "run-started":
        this.#plans = new Map(event.steps.map((step) => [step.id, step]));
        return [`run ${event.runId} of drill ${event.drill.name}${event.mode === "rehearsal" ? ", SIMULATED" : ""}`];
      case "identity-confirmed":
        return [`account ${event.account} as ${event.arn}`];
      case "phase-started":
        this.#phase = new PhaseCounts(event.mono);
        return [`${event.phase} started`];
      case "phase-finished":
        return [`${event.phase} ${event.outcome} ${this.#phase.summary(event.mono)}${this.#rto(event)}`];
      case "disaster-declared":
        return [`disaster declared${this.#rto(event)}`];
      case "step-started":
        return this.#stepStarted(event);
      case "step-progress":
        return this.#progressDue.get(event.instance)?.(event.mono) ? [`${event.instance}: ${event.message}`] : [];
      case "step-finished":
        return this.#stepFinished(event);
      case "resource-intended":
      case "resource-created":
        this.#nameResource(event);
        return [];
      case "resource-deleted":
        return event.how === "destroyed" && this.#phase.deleted()
          ? [`destroyed ${this.#resources.get(event.key) ?? event.key}`]
          : [];
      case "resource-leaked": {
        const name = this.#resources.get(event.key) ?? event.key;
        return [`could not destroy ${name}`, ...failureLines(event.failure)];
      }
      case "resource-kept":
        return [`kept ${this.#resources.get(event.key) ?? event.key} until ${event.until}`];
      case "finding":
        return event.severity === "info" ? [] : [`${event.severity}: ${event.message}`];
      case "people-wait":
        return [`${event.instance} waited ${formatDuration(event.durationMs)} for people: ${event.prompt}`];
      case "abort-requested":
        return [`stopping (${event.detail ?? event.reason}): what was made is torn down`];
      default:
        return [];
    }
  }

  #nameResource(event: Extract<JournaledEvent, { type: "resource-intended" | "resource-created" }>): void {
    if (event.type === "resource-intended") this.#resources.set(event.resource.key, event.resource.kind);
    else this.#resources.set(event.key, `${this.#resources.get(event.key) ?? ""} ${event.id}`.trim());
  }

  #stepStarted(event: Extract<JournaledEvent, { type: "step-started" }>): readonly string[] {
    if (event.attempt === 1) this.#began.set(event.instance, event.mono);
    const prominent = this.#phase.started() === "line";
    this.#progressDue.set(event.instance, widening(event.mono, prominent));
    if (!prominent) return [];
    const attempt = event.attempt > 1 ? `, attempt ${event.attempt}` : "";
    return [`${event.phase} ${event.instance} (${this.#plans.get(event.step)?.name ?? event.uses}) started${attempt}`];
  }

  #stepFinished(event: StepFinished & JournaledEvent): readonly string[] {
    this.#progressDue.delete(event.instance);
    const tookMs = this.#tookMs(event);
    const prominence = this.#phase.finished(event);
    if (prominence === "nothing") return [];
    if (prominence === "count") return [`${event.phase}: ${this.#phase.counts()}${this.#rto(event)}`];
    const target = this.#plans.get(event.step)?.targetMs;
    const against = target === undefined ? "" : ` (target ${formatBudget(target)})`;
    const took =
      event.outcome === "skipped"
        ? `: ${event.reason ?? "no reason"}`
        : ` in ${formatDuration(tookMs)}${event.wallClock ? ", wall clock" : ""}${against}`;
    const again = event.willRetry ? ", tries again" : "";
    const by = typeof event.outputs["confirmedBy"] === "string" ? `, confirmed by ${event.outputs["confirmedBy"]}` : "";
    const line = `${event.phase} ${event.instance} ${event.outcome}${took}${by}${again}${this.#rto(event)}`;
    return [line, ...(event.failure ? failureLines(event.failure) : [])];
  }

  /** Of an attempt that is followed by another its own time; of the step, as in the report, from its first attempt on. */
  #tookMs({ instance, attempt, durationMs, willRetry, mono }: StepFinished & JournaledEvent): number {
    const began = this.#began.get(instance);
    if (willRetry) return durationMs;
    this.#began.delete(instance);
    return attempt > 1 && began !== undefined ? mono - began : durationMs;
  }

  #rto(event: JournaledEvent): string {
    const text = this.#clock.running || event.type === "phase-finished" ? this.#clock.text(event.mono) : undefined;
    const past = this.#clock.isPast(event.mono) ? ", MISSED" : "";
    return text === undefined || ("phase" in event && event.phase === "teardown") ? "" : ` · ${text}${past}`;
  }
}

/** What has happened in the phase that runs, and how much of it deserves a line. */
class PhaseCounts {
  readonly #since: number;
  readonly started = thinning(WHOLE_LINES);
  readonly #ends = thinning(WHOLE_LINES);
  readonly #deletions = thinning(WHOLE_LINES);
  #steps = 0;
  #failed = 0;
  #destroyed = 0;

  constructor(since: number) {
    this.#since = since;
  }

  /** An attempt that is followed by another is no step that has ended. */
  finished({ outcome, willRetry }: StepFinished): ReturnType<typeof this.started> {
    const prominence = this.#ends();
    if (willRetry) return prominence;
    this.#steps++;
    if (outcome === "passed" || outcome === "skipped") return prominence;
    this.#failed++;
    return this.#failed <= MOST_FAILURES ? "line" : prominence;
  }

  deleted(): boolean {
    this.#destroyed++;
    return this.#deletions() === "line";
  }

  counts(): string {
    const counts = [
      ...(this.#steps > 0 ? [counted(this.#steps, "step")] : []),
      ...(this.#failed > 0 ? [`${this.#failed} not passed`] : []),
      ...(this.#destroyed > 0 ? [`${counted(this.#destroyed, "resource")} destroyed`] : []),
    ];
    return counts.join(", ");
  }

  summary(now: number): string {
    const counts = this.counts();
    return `in ${formatDuration(now - this.#since)}${counts === "" ? "" : ` (${counts})`}`;
  }
}

function failureLines({ code, message, details = [], next }: FailureRecord): readonly string[] {
  const shown = details.slice(0, MOST_DETAILS);
  const more = details.length > shown.length ? [`… and ${details.length - shown.length} more`] : [];
  return [`${code}: ${message}`, ...shown, ...more, ...(next === undefined ? [] : [`next: ${next}`])];
}
