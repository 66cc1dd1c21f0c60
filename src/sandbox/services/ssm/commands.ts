import { setMaxListeners } from "node:events";
import { AwsError } from "../../service.ts";
import type { World } from "../../world.ts";
import type { Ec2Region } from "../ec2/ec2.ts";
import type { Instance } from "../ec2/model.ts";

/** A script that Run Command is asked to run on some instances. */
export interface Command {
  readonly id: string;
  readonly region: Ec2Region;
  readonly documentName: string;
  readonly comment: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly script: string;
  /** As the document's parameter says: relative to the host's root. */
  readonly directory: string | undefined;
  readonly executionTimeoutMs: number;
  readonly deliveryTimeoutSeconds: number;
  readonly requestedAt: number;
  readonly invocations: readonly Invocation[];
}

export type InvocationStatus =
  "Pending" | "InProgress" | "Success" | "Failed" | "TimedOut" | "Cancelling" | "Cancelled";

/** A command on one instance. */
export interface Invocation {
  readonly instanceId: string;
  status: InvocationStatus;
  statusDetails: string;
  /** -1 until the script has ended. */
  responseCode: number;
  startedAt: number | undefined;
  endedAt: number | undefined;
  stdout: string;
  stderr: string;
  readonly cancelled: AbortController;
  /** Resolves when the invocation has ended. */
  readonly finished: Promise<void>;
  finish(): void;
}

/** How long it takes until GetCommandInvocation knows a command, and until the agent has it, in milliseconds. */
const VISIBLE_AFTER_MS = 400;
const DELIVERED_AFTER_MS = 900;
/** A script gets this much real time on a sped-up clock; more would make every timeout of a fast sandbox wait. */
const LEAST_REAL_MS = 5_000;

/** What is kept of a script's output: characters that GetCommandInvocation returns. */
export const STDOUT_CHARACTERS = 24_000;
export const STDERR_CHARACTERS = 8_000;

/** Run Command: it delivers scripts to the agents of instances, where they really run. */
export class Commands {
  readonly world: World;
  readonly #commands = new Map<string, Command>();
  readonly #closing = new AbortController();

  constructor(world: World) {
    this.world = world;
    // Every command on its way listens to it.
    setMaxListeners(0, this.#closing.signal);
  }

  send(command: Omit<Command, "id" | "invocations">, instances: readonly Instance[]): Command {
    const sent = { ...command, id: uuid(this.world.newId("", 32)), invocations: instances.map(newInvocation) };
    this.#commands.set(sent.id, sent);
    sent.invocations.forEach((invocation, index) => {
      this.#log(sent, invocation, command.requestedAt);
      const deliveredAt = command.requestedAt + DELIVERED_AFTER_MS;
      this.world.schedule(deliveredAt, (at) => this.#deliver(sent, invocation, { instance: instances[index]!, at }));
    });
    this.#wakeForDelivery();
    return sent;
  }

  /** The command, once Run Command knows of it. */
  find(region: string, id: string | undefined, now: number): Command | undefined {
    const command = this.#commands.get(id ?? "");
    return command?.region.name === region && now >= command.requestedAt + VISIBLE_AFTER_MS ? command : undefined;
  }

  *sent(region: string): Iterable<Command> {
    for (const command of this.#commands.values()) if (command.region.name === region) yield command;
  }

  /** Resolves when every script of the command has ended. */
  async finished(id: string): Promise<void> {
    await Promise.all((this.#commands.get(id)?.invocations ?? []).map((invocation) => invocation.finished));
  }

  cancel(command: Command, instanceIds: readonly string[] | undefined, at: number): void {
    for (const invocation of command.invocations) {
      if (instanceIds?.length && !instanceIds.includes(invocation.instanceId)) continue;
      invocation.cancelled.abort();
      if (invocation.status === "Pending") this.#end(command, invocation, { status: "Cancelled", at });
      if (invocation.status === "InProgress") this.#enter(command, invocation, "Cancelling", at);
    }
  }

  /** Kills every script that is still running and waits until they are gone. */
  async close(): Promise<void> {
    this.#closing.abort();
    const running = [...this.#commands.values()].flatMap(({ invocations }) =>
      invocations.filter(({ startedAt, endedAt }) => startedAt !== undefined && endedAt === undefined),
    );
    for (const { cancelled } of running) cancelled.abort();
    await Promise.all(running.map(({ finished }) => finished));
  }

  /** Other changes of state can be noticed late without harm; a script that starts late takes later real time. */
  #wakeForDelivery(): void {
    this.world.clock
      .sleep(DELIVERED_AFTER_MS, this.#closing.signal)
      .then(() => this.world.catchUp())
      .catch(() => undefined);
  }

  #deliver(command: Command, invocation: Invocation, { instance, at }: { instance: Instance; at: number }): void {
    if (invocation.status !== "Pending" || this.#closing.signal.aborted) return;
    if (!instance.host || instance.state !== "running") {
      this.#end(command, invocation, { status: "Failed", details: "Undeliverable", at });
      return;
    }
    invocation.startedAt = at;
    this.#enter(command, invocation, "InProgress", at);
    void this.#run(command, invocation, instance);
  }

  async #run(command: Command, invocation: Invocation, { host }: Instance): Promise<void> {
    const { script, executionTimeoutMs, directory } = command;
    try {
      const outcome = await host!.run({
        script,
        timeoutMs: executionTimeoutMs,
        realMs: Math.min(executionTimeoutMs, LEAST_REAL_MS),
        ...(directory !== undefined && { directory }),
        signal: invocation.cancelled.signal,
      });
      invocation.stdout = outcome.stdout.slice(0, STDOUT_CHARACTERS);
      invocation.stderr = outcome.stderr.slice(0, STDERR_CHARACTERS);
      invocation.responseCode = outcome.exitCode ?? 137;
      const [status, details] = ENDINGS[outcome.ended](outcome.exitCode);
      this.#end(command, invocation, { status, details, at: this.world.clock.now() });
    } catch (error) {
      // A working directory that is not there, for example: the agent cannot start the script.
      invocation.stderr = String(error);
      invocation.responseCode = 1;
      this.#end(command, invocation, { status: "Failed", at: this.world.clock.now() });
    }
  }

  #end(
    command: Command,
    invocation: Invocation,
    { status, details = status, at }: { status: InvocationStatus; details?: string; at: number },
  ): void {
    invocation.endedAt = at;
    this.#enter(command, invocation, status, at);
    invocation.statusDetails = details;
    invocation.finish();
  }

  #enter(command: Command, invocation: Invocation, status: InvocationStatus, at: number): void {
    invocation.status = status;
    invocation.statusDetails = status;
    this.#log(command, invocation, at);
  }

  #log({ id, region }: Command, { instanceId, status, responseCode }: Invocation, at: number): void {
    const detail = { instanceId, ...(responseCode >= 0 && { responseCode }) };
    this.world.record({ at, region: region.name, what: "ssm.command", id, state: status, detail });
  }
}

type Ending = readonly [status: InvocationStatus, details: string];

const ENDINGS: Readonly<Record<"by-itself" | "timed-out" | "cancelled", (exitCode: number | undefined) => Ending>> = {
  "by-itself": (exitCode) => (exitCode === 0 ? ["Success", "Success"] : ["Failed", "Failed"]),
  "timed-out": () => ["TimedOut", "ExecutionTimedOut"],
  cancelled: () => ["Cancelled", "Cancelled"],
};

function newInvocation({ id }: Instance): Invocation {
  let finish = () => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  return {
    instanceId: id,
    status: "Pending",
    statusDetails: "Pending",
    responseCode: -1,
    startedAt: undefined,
    endedAt: undefined,
    stdout: "",
    stderr: "",
    cancelled: new AbortController(),
    finished,
    finish,
  };
}

export function unknownCommand(): AwsError {
  return new AwsError("InvalidCommandId", "");
}

function uuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
