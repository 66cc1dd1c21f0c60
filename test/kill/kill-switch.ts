import { setTimeout as delay } from "node:timers/promises";
import type { Interceptor } from "../../src/sandbox/gateway/call.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import type { LogEntry } from "../../src/sandbox/world.ts";

/** Where a process is killed. All numbers count from 1 and from the start of that process. */
export type KillPoint =
  /** At its n-th call that changes something. */
  | { readonly call: number; readonly when: "before the effect" | "after the effect" }
  /** Right after its n-th event is on disk. */
  | { readonly event: number }
  /** So many real milliseconds after its n-th request of any kind has reached AWS. */
  | { readonly request: number; readonly delayMs: number };

/** Watches what reaches the sandbox and kills the armed process at its point. */
export class KillSwitch {
  #point: KillPoint | undefined;
  #kill: () => void = () => undefined;
  #calls = 0;
  #requests = 0;

  /** What the process that was armed last has sent: calls that change something, and requests of any kind. */
  get sent(): { readonly calls: number; readonly requests: number } {
    return { calls: this.#calls, requests: this.#requests };
  }

  arm(point: KillPoint | undefined, kill: () => void): void {
    this.#point = point;
    this.#kill = kill;
    this.#calls = 0;
    this.#requests = 0;
  }

  /** From here on nobody is killed; the counts stay. */
  disarm(): void {
    this.#point = undefined;
    this.#kill = () => undefined;
  }

  /** Kills before the effect of a call, which then never takes place, or some time after a request. */
  readonly interceptor: Interceptor = ({ operation }) => {
    this.#requests++;
    const point = this.#point;
    if (point && "request" in point && point.request === this.#requests) void this.#killIn(point.delayMs);
    if (!changes(operation)) return undefined;
    this.#calls++;
    if (!this.#isDue("before the effect")) return undefined;
    this.#kill();
    return { kind: "disconnect" };
  };

  /** The log's entry of a call is written when its effect has taken place and its answer has not been sent. */
  watchEffects({ world }: Sandbox): void {
    const record = world.record.bind(world);
    world.record = (entry: LogEntry) => {
      record(entry);
      const operation = entry.id.split(":")[1] ?? "";
      if (entry.what === "call" && changes(operation) && this.#isDue("after the effect")) this.#kill();
    };
  }

  #isDue(when: "before the effect" | "after the effect"): boolean {
    const point = this.#point;
    return point !== undefined && "call" in point && point.when === when && point.call === this.#calls;
  }

  async #killIn(ms: number): Promise<void> {
    const kill = this.#kill;
    await delay(ms);
    kill();
  }
}

function changes(operation: string): boolean {
  return !/^(Describe|Get|List|Assume)/.test(operation);
}
