import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { readJournal } from "../../src/engine/read-journal.ts";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import { seedExistingInstance } from "../../src/sandbox/seed.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";
import { KillSwitch, type KillPoint } from "./kill-switch.ts";

/** A drill to be killed in, and what one run of it makes. */
export interface Subject {
  readonly name: string;
  /** Absolute path of the drill file. */
  readonly drill: string;
  /** How many of each type there have ever been when one run has ended, with what the sandbox had before: more are duplicates. */
  readonly makes: Readonly<Record<string, number>>;
  /** What the drill expects to find beside the existing instance. */
  readonly prepare?: (sandbox: Sandbox) => Promise<unknown>;
}

export interface Extent {
  readonly calls: number;
  readonly requests: number;
  readonly events: number;
}

export interface Ending {
  /** Null when it was killed. */
  readonly code: number | null;
  readonly stderr: string;
}

interface Signalled {
  readonly signal: NodeJS.Signals;
  readonly after?: readonly number[];
}

/** One sandbox, and gameday processes that work on it, die on it and are resumed on it. */
export class KillableRun {
  readonly sandbox: Sandbox;
  readonly #folder: string;
  readonly #script: string;
  readonly #subject: Subject;
  readonly #before: ReadonlySet<string>;
  readonly #switch: KillSwitch;

  private constructor(of: {
    sandbox: Sandbox;
    folder: string;
    script: string;
    subject: Subject;
    before: readonly string[];
    killSwitch: KillSwitch;
  }) {
    this.sandbox = of.sandbox;
    this.#folder = of.folder;
    this.#script = of.script;
    this.#subject = of.subject;
    this.#before = new Set(of.before);
    this.#switch = of.killSwitch;
  }

  static async start(script: string, subject: Subject): Promise<KillableRun> {
    const folder = await mkdtemp(join(tmpdir(), "gameday-kill-"));
    const killSwitch = new KillSwitch();
    const clock = new VirtualClock({ jumps: false, startAt: Date.parse("2026-11-20T09:00:00Z") });
    const interceptors = [killSwitch.interceptor];
    const sandbox = await startSandbox({ clock, folder: join(folder, "sandbox"), interceptors });
    await seedExistingInstance(sandbox, { region: "us-east-1", drRegion: "us-west-2" });
    await subject.prepare?.(sandbox);
    killSwitch.watchEffects(sandbox);
    return new KillableRun({ sandbox, folder, script, subject, before: await inventoryOf(sandbox), killSwitch });
  }

  /** Lets a new process run or resume, and kills it at the point given, if it gets there. */
  async process(what: "run" | "resume", point?: KillPoint): Promise<Ending> {
    return this.#start(
      what,
      { signal: "SIGKILL", ...(point && "event" in point ? { after: [point.event] } : {}) },
      point,
    );
  }

  /** Lets a new process run that gets a signal right after each of the events given is on disk. */
  interrupted(signal: NodeJS.Signals, after: readonly number[]): Promise<Ending> {
    return this.#start("run", { signal, after });
  }

  async #start(what: "run" | "resume", { signal, after }: Signalled, point?: KillPoint): Promise<Ending> {
    const resume = what === "resume" ? await this.#runId() : undefined;
    const order = {
      drill: this.#subject.drill,
      endpoint: this.sandbox.endpoint,
      credentials: this.sandbox.credentials,
      controlHeaders: this.sandbox.controlHeaders,
      now: this.sandbox.world.clock.now(),
      signal,
      ...(resume === undefined ? {} : { resume }),
      ...(after === undefined ? {} : { signalAfter: after }),
    };
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [this.#script], {
      cwd: this.#folder,
      env: {
        PATH,
        HOME,
        GAMEDAY_KILL_ORDER: JSON.stringify(order),
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#switch.arm(point, () => child.kill("SIGKILL"));
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const [code] = (await once(child, "close")) as [number | null];
    this.#switch.disarm();
    return { code, stderr };
  }

  /** How far the process that has just ended has come, by the sandbox's and the journal's count. */
  async extent(): Promise<Extent> {
    return { ...this.#switch.sent, events: (await this.#events()).length };
  }

  /** What can be done next: a run that was killed before it had begun is begun anew, there is nothing to resume. */
  async next(): Promise<"run" | "resume" | "ended"> {
    const events = await this.#events();
    if (events.length === 0) return "run";
    return events.at(-1)!.type === "run-finished" ? "ended" : "resume";
  }

  /** Of the run that has ended, as journaled. */
  async exitCode(): Promise<number | undefined> {
    const last = (await this.#events()).at(-1);
    return last?.type === "run-finished" ? last.exitCode : undefined;
  }

  /** What the sandbox has now and had not before the first process: `region type id`. What a lifecycle policy made is not ours. */
  async leftovers(): Promise<readonly string[]> {
    return (await inventoryOf(this.sandbox)).filter((item) => !this.#before.has(item));
  }

  /** How many of the subject's types there have been in the whole life of the sandbox. */
  created(): Readonly<Record<string, number>> {
    const { log } = this.sandbox.world;
    const count = (type: string) => new Set(log.filter(({ what }) => what === type).map(({ id }) => id)).size;
    return Object.fromEntries(Object.keys(this.#subject.makes).map((type) => [type, count(type)]));
  }

  /** What the journal says went wrong: for the messages of failed expectations. */
  async story(): Promise<string> {
    const told = (await this.#events()).filter((event) => "failure" in event || TELLING.has(event.type));
    return told.map((event) => JSON.stringify(event)).join("\n");
  }

  /** None when the first process was killed before it had begun a journal. @throws for a damaged one. */
  async #events(): Promise<readonly JournaledEvent[]> {
    const runId = await this.#runId();
    if (runId === undefined) return [];
    const path = join(this.#folder, ".gameday/runs", runId, "journal.jsonl");
    return existsSync(path) ? (await readJournal(path)).events : [];
  }

  async #runId(): Promise<string | undefined> {
    const runs = await readdir(join(this.#folder, ".gameday/runs")).catch(() => []);
    return runs.sort().at(-1);
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const TELLING: ReadonlySet<string> = new Set(["run-resumed", "finding", "run-finished"]);
const GONE: ReadonlySet<string> = new Set(["terminated", "shutting-down", "deleted", "PendingDeletion"]);

async function inventoryOf(sandbox: Sandbox): Promise<readonly string[]> {
  const items = await sandbox.inventory();
  return items
    .filter(({ state, tags }) => !GONE.has(state) && !isOfPolicy(tags))
    .map(({ region, type, id }) => `${region} ${type} ${id}`);
}

/** Snapshots of a lifecycle policy and their copies: they are the policy's to delete. */
function isOfPolicy(tags: Readonly<Record<string, string>>): boolean {
  return tags["gameday:run"] === undefined && tags["SnapshotCreator"] === "DLM";
}
