import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import * as z from "zod";
import type { Drill, Phase, Step, StepNode } from "../../src/drill/drill.ts";
import type { JournaledEvent, RunOutcome, StepFinished } from "../../src/engine/events.ts";
import { Failure } from "../../src/engine/failure.ts";
import type { LedgerEntry, ResourceKind } from "../../src/engine/resource-kind.ts";
import { readJournal } from "../../src/engine/read-journal.ts";
import { resumeDrill, startDrill, type RunningDrill, type RunResult } from "../../src/engine/run-drill.ts";
import type { RunDependencies } from "../../src/engine/run.ts";
import type { ServiceScope, StepContext, StepKind } from "../../src/engine/step-kind.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";

/** A little world of boxes: what the engine's tests create, find and destroy. */
export class Boxes {
  readonly made = new Map<string, { readonly token: string }>();
  readonly destroyed: string[] = [];
  /** Ids that refuse to go. */
  readonly stuck = new Set<string>();
  readonly clock = new VirtualClock({ speed: 0, startAt: Date.UTC(2026, 0, 1) });
  #count = 0;

  make(token: string): string {
    const id = `box-${this.#count++}`;
    this.made.set(id, { token });
    return id;
  }
}

export const boxKind: ResourceKind<Boxes> = {
  kind: "test.box",
  idempotentCreate: false,
  permissions: [],
  ownership: {
    by: "tags",
    tagsOf: async ({ id }, boxes) => (boxes.made.has(id) ? { "gameday:run": "01TEST" } : undefined),
  },
  async find(entry: LedgerEntry, boxes) {
    const found = [...boxes.made].find(([, box]) => box.token === entry.token);
    return found && { id: found[0] };
  },
  async destroy(entry, boxes) {
    if (boxes.stuck.has(entry.id)) return;
    if (boxes.made.delete(entry.id)) boxes.destroyed.push(entry.id);
  },
  isGone: async (entry, boxes) => !boxes.made.has(entry.id),
};

type Behaviour = (context: StepContext<Boxes>, input: Record<string, unknown>) => Promise<Record<string, unknown>>;

export function stepKind(uses: string, run: Behaviour, more: Partial<StepKind<Boxes>> = {}): StepKind<Boxes> {
  return {
    uses,
    does: "Serves the tests of the engine",
    input: z.looseObject({}),
    output: z.looseObject({}),
    permissions: [],
    defaultTimeoutMs: 60_000,
    run,
    ...more,
  };
}

export const makeBox = stepKind("box.make", async (context) => {
  const made = await context.create("test.box", { region: "us-west-2" }, async (token) => ({
    id: context.services.make(token),
  }));
  return { boxId: made.id };
});

export const sleepy = stepKind("box.sleep", async (context, input) => {
  await context.clock.sleep(Number(input["ms"]), context.signal);
  return { slept: input["ms"] };
});

export const check = stepKind("box.check", async (context, input) => {
  await context.prove({ check: "boxes", passed: input["ok"] !== false, summary: "the boxes were compared" });
  return {};
});

export function step(id: string, uses: string, more: Partial<Step> = {}): Step {
  return { id, uses, with: {}, ...more };
}

export function drillOf(phases: Partial<Record<Phase, readonly StepNode[]>>, more: Partial<Drill> = {}): Drill {
  return {
    name: "test-drill",
    description: "",
    objectives: {},
    regions: { primary: "us-east-1", dr: "us-west-2", primaryLost: true },
    safety: { accounts: ["111122223333"], maxDurationMs: 86_400_000, teardownBudgetMs: 1_800_000 },
    controls: [],
    phases: { prepare: [], recover: [], verify: [], teardown: [], ...phases },
    source: { path: "/drills/test/drill.yaml", folder: "/drills/test", text: "", sha256: "0".repeat(64) },
    ...more,
  };
}

export interface TestRun extends RunningDrill {
  readonly events: JournaledEvent[];
  readonly boxes: Boxes;
  readonly folder: string;
}

export interface TestOptions {
  readonly kinds?: readonly StepKind<Boxes>[];
  readonly boxes?: Boxes;
  readonly boxKind?: ResourceKind<Boxes>;
  /** Besides boxes. */
  readonly otherKinds?: readonly ResourceKind<Boxes>[];
  readonly guard?: RunDependencies<Boxes>["guard"];
  readonly judge?: RunDependencies<Boxes>["judge"];
  readonly stopAlarm?: RunDependencies<Boxes>["stopAlarm"];
  readonly onEvent?: (event: JournaledEvent) => void;
  /** Hears for whom services are asked. */
  readonly onScope?: (scope: ServiceScope) => void;
  /** Whatever else the run needs from outside in another way. */
  readonly more?: Partial<RunDependencies<Boxes>>;
}

export async function startTestRun(drill: Drill, options: TestOptions = {}): Promise<TestRun> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-engine-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const at = { folder, events: [], boxes: options.boxes ?? new Boxes() };
  return { ...(await startDrill(drill, dependencies(at, options))), ...at };
}

/** Another process goes on with a run whose journal was cut off after the first event that `last` is true of. */
export async function resumeTestRun(
  drill: Drill,
  { folder, boxes }: TestRun,
  of: TestOptions & { readonly last: (event: JournaledEvent) => boolean },
): Promise<TestRun & RunResult> {
  const path = join(folder, "journal.jsonl");
  const lines = (await readFile(path, "utf8")).split("\n");
  const cut = (await readJournal(path)).events.findIndex(of.last);
  await writeFile(path, `${lines.slice(0, cut + 1).join("\n")}\n`);
  const at = { folder, events: [], boxes };
  const resumed = await resumeDrill(drill, dependencies(at, of), await readJournal(path));
  return { ...resumed, ...at, ...(await resumed.result) };
}

export function dependencies(
  { folder, events, boxes }: Pick<TestRun, "folder" | "events" | "boxes">,
  options: TestOptions = {},
): RunDependencies<Boxes> {
  const kinds = [makeBox, sleepy, check, ...(options.kinds ?? [])];
  return {
    runId: "01TEST",
    runFolder: folder,
    clock: boxes.clock,
    mode: "rehearsal",
    versions: { gameday: "0", node: "20" },
    process: { pid: 1, host: "test" },
    stepKinds: new Map(kinds.map((kind) => [kind.uses, kind])),
    resourceKinds: new Map(
      [options.boxKind ?? boxKind, ...(options.otherKinds ?? [])].map((kind) => [kind.kind, kind]),
    ),
    services: (scope) => {
      options.onScope?.(scope);
      return boxes;
    },
    guard: options.guard ?? (async () => ({ account: "111122223333", arn: "arn:test", clockOffsetMs: {} })),
    judge:
      options.judge ??
      ((record) => ({ outcome: (record.finished?.failure ? "refused" : "passed") as RunOutcome, exitCode: 0 })),
    ...(options.stopAlarm ? { stopAlarm: options.stopAlarm } : {}),
    listeners: [(event) => events.push(event), (event) => options.onEvent?.(event)],
    ...options.more,
  };
}

export async function runTest(drill: Drill, options: TestOptions = {}): Promise<TestRun & RunResult> {
  const run = await startTestRun(drill, options);
  return { ...run, ...(await run.result) };
}

/** `step: outcome` of every step instance, in order of their end. */
export function outcomes(events: readonly JournaledEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === "step-finished" ? [`${event.instance}#${event.attempt}: ${event.outcome}`] : [],
  );
}

/** A failure that somebody can fix. */
export const failing = (more: Partial<Failure["details"]> = {}) =>
  new Failure({ code: "no-luck", message: "no luck", fixer: "operator", ...more });

export const fail = stepKind("box.fail", async () => {
  throw failing();
});

export const finishedOf = ({ events }: Pick<TestRun, "events">): readonly StepFinished[] =>
  events.filter((event) => event.type === "step-finished");

/** Runs one step of one kind in `recover`. */
export async function runOne(kind: StepKind<Boxes>, more: Partial<Step> = {}) {
  const run = await runTest(drillOf({ recover: [step("one", kind.uses, more)] }), { kinds: [kind] });
  return { ...run, finished: finishedOf(run).at(-1)! };
}
