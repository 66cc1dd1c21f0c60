import type { JournaledEvent } from "../engine/events.ts";
import { formatBudget, formatDuration } from "../time/duration.ts";

/** The RTO clock as live displays show it: from the declared disaster to the end of `verify`. */
export class RtoClock {
  #rtoMs: number | undefined;
  #from: number | undefined;
  #to: number | undefined;

  onEvent(event: JournaledEvent): void {
    if (event.type === "run-started") this.#rtoMs = event.objectives.rtoMs;
    if (event.type === "disaster-declared") this.#from = event.mono;
    if (event.type === "phase-finished" && event.phase === "verify") this.#to = event.mono;
  }

  /** Whether it runs: between the disaster and the end of `verify`. */
  get running(): boolean {
    return this.#from !== undefined && this.#to === undefined;
  }

  /** Whether more time than the RTO has gone by. */
  isPast(mono: number): boolean {
    return this.#rtoMs !== undefined && this.#elapsed(mono) > this.#rtoMs;
  }

  /** `RTO clock 2m 03s of 1h`; undefined before the disaster. */
  text(mono: number): string | undefined {
    if (this.#from === undefined) return undefined;
    const of = this.#rtoMs === undefined ? "" : ` of ${formatBudget(this.#rtoMs)}`;
    return `RTO clock ${formatDuration(this.#elapsed(mono))}${of}`;
  }

  #elapsed(mono: number): number {
    return this.#from === undefined ? 0 : Math.max(0, (this.#to ?? mono) - this.#from);
  }
}
