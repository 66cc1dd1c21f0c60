import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { readJournal } from "../../src/engine/read-journal.ts";
import type { Interceptor } from "../../src/sandbox/gateway/call.ts";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import { seedExistingInstance } from "../../src/sandbox/seed.ts";
import type { LogEntry } from "../../src/sandbox/world.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";

/** Bundles the process that is going to be killed; returns the path of what `node` runs. */
export async function buildChild(folder: string): Promise<string> {
  const outdir = join(folder, "child");
  await build({
    entryPoints: [join(import.meta.dirname, "child.ts")],
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    logLevel: "error",
    outExtension: { ".js": ".mjs" },
    banner: {
      js: 'import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url); const __filename = import.meta.filename; const __dirname = import.meta.dirname;',
    },
  });
  return join(outdir, "child.mjs");
}

/** Where a process is killed: at its n-th call that changes something, before or after the call takes effect. */
export interface KillPoint {
  readonly call: number;
  readonly when: "before the effect" | "after the effect";
}

export interface Ending {
  /** Null when it was killed. */
  readonly code: number | null;
  readonly stderr: string;
}

/** One sandbox, and gameday processes that work on it, die on it and are resumed on it. */
export class KillableRun {
  readonly sandbox: Sandbox;
  readonly #folder: string;
  readonly #script: string;
  readonly #drill: string;
  readonly #before: readonly string[];
  readonly #arm: { point?: KillPoint; calls: number; child?: ChildProcess };

  private constructor(of: {
    sandbox: Sandbox;
    folder: string;
    script: string;
    drill: string;
    before: readonly string[];
    arm: { point?: KillPoint; calls: number; child?: ChildProcess };
  }) {
    this.sandbox = of.sandbox;
    this.#folder = of.folder;
    this.#script = of.script;
    this.#drill = of.drill;
    this.#before = of.before;
    this.#arm = of.arm;
  }

  static async start(script: string, drill: string): Promise<KillableRun> {
    const folder = await mkdtemp(join(tmpdir(), "gameday-kill-"));
    const arm: { point?: KillPoint; calls: number; child?: ChildProcess } = { calls: 0 };
    const clock = new VirtualClock({ jumps: false, startAt: Date.parse("2026-11-20T09:00:00Z") });
    const interceptor: Interceptor = ({ operation }) => {
      if (!changes(operation) || !isDue(arm, ++arm.calls, "before the effect")) return undefined;
      arm.child?.kill("SIGKILL");
      return { kind: "disconnect" };
    };
    const sandbox = await startSandbox({ clock, folder: join(folder, "sandbox"), interceptors: [interceptor] });
    await seedExistingInstance(sandbox, { region: "us-east-1", drRegion: "us-west-2" });
    killAfterEffect(sandbox, arm);
    const before = await inventoryOf(sandbox);
    return new KillableRun({ sandbox, folder, script, drill, before, arm });
  }

  /** Lets a new process run or resume, and kills it at the point given. */
  async process(what: "run" | "resume", point?: KillPoint): Promise<Ending> {
    const resume = what === "resume" ? await this.#runId() : undefined;
    const order = {
      drill: this.#drill,
      endpoint: this.sandbox.endpoint,
      now: this.sandbox.world.clock.now(),
      ...(resume === undefined ? {} : { resume }),
    };
    this.#arm.calls = 0;
    if (point) this.#arm.point = point;
    else delete this.#arm.point;
    const child = spawn(process.execPath, [this.#script, JSON.stringify(order)], {
      cwd: this.#folder,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: process.env["HOME"] ?? "",
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#arm.child = child;
    let stderr = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, stderr };
  }

  /** How many changing calls the last process has sent. */
  get calls(): number {
    return this.#arm.calls;
  }

  /** What the sandbox has now and had not before the first process: `region type id state`. */
  async leftovers(): Promise<readonly string[]> {
    const known = new Set(this.#before);
    return (await inventoryOf(this.sandbox)).filter((item) => !known.has(item));
  }

  /** How many of each type were created in the whole life of the sandbox: more than a clean run makes are duplicates. */
  created(): Readonly<Record<string, number>> {
    const { log } = this.sandbox.world;
    const count = (type: string) => new Set(log.filter(({ what }) => what === type).map(({ id }) => id)).size;
    return Object.fromEntries(RESOURCE_TYPES.map((type) => [type, count(type)]));
  }

  /** What the journal says went wrong: for the messages of failed expectations. */
  async story(): Promise<string> {
    const path = join(this.#folder, ".gameday/runs", await this.#runId(), "journal.jsonl");
    const { events } = await readJournal(path);
    const failures = events.filter((event) => "failure" in event || event.type === "run-resumed");
    return failures.map((event) => JSON.stringify(event)).join("\n");
  }

  async #runId(): Promise<string> {
    const [run] = await readdir(join(this.#folder, ".gameday/runs"));
    return run!;
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const RESOURCE_TYPES = ["ec2.volume", "ec2.snapshot", "ec2.instance"];

function changes(operation: string): boolean {
  return !/^(Describe|Get|List|Assume)/.test(operation);
}

function isDue(arm: { point?: KillPoint }, calls: number, when: KillPoint["when"]): boolean {
  return arm.point?.when === when && arm.point.call === calls;
}

/** The log's entry of a call is written when its effect has taken place and its answer has not been sent. */
function killAfterEffect(sandbox: Sandbox, arm: { point?: KillPoint; calls: number; child?: ChildProcess }): void {
  const { world } = sandbox;
  const record = world.record.bind(world);
  world.record = (entry: LogEntry) => {
    record(entry);
    const operation = entry.id.split(":")[1] ?? "";
    if (entry.what === "call" && changes(operation) && isDue(arm, arm.calls, "after the effect"))
      arm.child?.kill("SIGKILL");
  };
}

async function inventoryOf(sandbox: Sandbox): Promise<readonly string[]> {
  const items = await sandbox.inventory();
  return items
    .filter(({ state }) => !["terminated", "shutting-down", "deleted", "PendingDeletion"].includes(state))
    .map(({ region, type, id }) => `${region} ${type} ${id}`);
}
