import { PHASES, type Phase } from "../../drill/drill.ts";
import type { JournaledEvent, PlannedStep, StepStarted } from "../../engine/events.ts";
import { RtoClock } from "../rto-clock.ts";
import { PhaseView } from "./phase-view.ts";

/** The state of a run as far as a live display needs it. Small, however large the run is. */
export class LiveRun {
  readonly clock = new RtoClock();
  views: ReadonlyMap<Phase, PhaseView> = viewsOf([]);
  stopping: string | undefined;
  readonly #resources = new Map<string, string>();
  readonly #phaseOf = new Map<string, Phase>();
  #current: Phase = "prepare";

  onEvent(event: JournaledEvent): void {
    this.clock.onEvent(event);
    switch (event.type) {
      case "run-started":
        this.views = viewsOf(event.steps);
        return;
      case "phase-started":
        this.#current = event.phase;
        this.#view(event.phase).start(event.mono);
        return;
      case "phase-finished":
        this.#view(event.phase).finish(event.outcome, event.mono);
        return;
      case "abort-requested":
        this.stopping = event.reason;
        return;
      case "step-started":
      case "step-progress":
      case "step-finished":
        this.#step(event);
        return;
      case "resource-intended":
        this.#resources.set(event.resource.key, event.resource.kind);
        return;
      case "resource-created":
        this.#resources.set(event.key, `${this.#resources.get(event.key) ?? ""} ${event.id}`);
        return;
      case "resource-deleting":
      case "resource-deleted":
      case "resource-leaked":
        this.#resource(event);
        return;
      default:
    }
  }

  #step(event: Extract<JournaledEvent, { type: "step-progress" | "step-finished" } | StepStarted>): void {
    if (event.type === "step-progress") {
      const phase = this.#phaseOf.get(event.instance) ?? this.#current;
      this.#view(phase).progress(event.instance, event.message, event.fraction);
      return;
    }
    const view = this.#view(event.phase);
    if (event.type === "step-started") {
      this.#phaseOf.set(event.instance, event.phase);
      view.stepStarted(event, event.mono);
      return;
    }
    this.#phaseOf.delete(event.instance);
    view.stepFinished(event, event.mono);
  }

  #resource(
    event: Extract<JournaledEvent, { type: "resource-deleting" | "resource-deleted" | "resource-leaked" }>,
  ): void {
    const { key, mono } = event;
    const label = `destroy ${this.#resources.get(key) ?? key}`;
    const view = this.#view("teardown");
    if (event.type === "resource-deleting") return view.destroying(key, label, mono);
    this.#resources.delete(key);
    if (event.type === "resource-deleted" && event.how !== "destroyed" && !view.running.has(key)) return;
    if (event.type === "resource-leaked") return view.destroyed(key, { label, mono, failure: event.failure.message });
    view.destroyed(key, { label, mono });
  }

  #view(phase: Phase): PhaseView {
    return this.views.get(phase)!;
  }
}

function viewsOf(steps: readonly PlannedStep[]): ReadonlyMap<Phase, PhaseView> {
  return new Map(
    PHASES.map((phase) => [
      phase,
      new PhaseView(
        phase,
        steps.filter((step) => step.phase === phase),
      ),
    ]),
  );
}
