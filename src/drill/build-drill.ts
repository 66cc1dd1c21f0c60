import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { parseDuration } from "../time/duration.ts";
import type { Drill, DrillSource, Phase, Step, StepNode } from "./drill.ts";
import { PHASES } from "./drill.ts";
import type { JsonValue } from "./json.ts";
import type { FoundEntry, FoundPhases } from "./find-steps.ts";
import { stepSchema } from "./frame-schema.ts";
import type { Frame } from "./frame-schema.ts";
import type { FoundStep } from "./step-entry.ts";

const DEFAULT_MAX_DURATION = "24h";
const DEFAULT_TEARDOWN_BUDGET = "30m";
const DEFAULT_RETRY_DELAY = "10s";

/** The drill of a file in which nothing is wrong. */
export function buildDrill(frame: Frame, found: FoundPhases, source: DrillSource): Drill {
  const { objectives, regions, safety } = frame;
  return {
    name: frame.name,
    description: frame.description,
    objectives: {
      ...(objectives?.rto !== undefined && { rtoMs: milliseconds(objectives.rto) }),
      ...(objectives?.rpo !== undefined && { rpoMs: milliseconds(objectives.rpo) }),
    },
    regions: { primary: regions.primary, dr: regions.dr, primaryLost: regions.primaryLost ?? true },
    safety: {
      accounts: safety.accounts,
      maxDurationMs: milliseconds(safety.maxDuration ?? DEFAULT_MAX_DURATION),
      teardownBudgetMs: milliseconds(safety.teardownBudget ?? DEFAULT_TEARDOWN_BUDGET),
      ...(safety.stopAlarms && { stopAlarms: safety.stopAlarms }),
    },
    ...(frame.onFailure && { onFailure: frame.onFailure }),
    ...(frame.keepFor !== undefined && { keepForMs: milliseconds(frame.keepFor) }),
    ...(frame.assumeRole && { assumeRole: definedOnly(frame.assumeRole) }),
    controls: frame.controls ?? [],
    ...(frame.cadence !== undefined && { cadence: frame.cadence }),
    ...(frame.plan && { plan: definedOnly(frame.plan) }),
    ...(frame.reporters && { reporters: frame.reporters }),
    phases: buildPhases(found, source.text),
    source,
  };
}

/** @param path absolute */
export function drillSource(path: string, bytes: Uint8Array, text: string): DrillSource {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { path, folder: dirname(path), text, sha256 };
}

function buildPhases(found: FoundPhases, text: string): Record<Phase, StepNode[]> {
  const build = (entry: FoundEntry) => buildNode(entry, text);
  return Object.fromEntries(PHASES.map((phase) => [phase, found[phase].map(build)])) as Record<Phase, StepNode[]>;
}

function buildNode({ parallel, steps }: FoundEntry, text: string): StepNode {
  const built = steps.map((step) => buildStep(step, text));
  const [first] = built;
  return parallel || !first ? { parallel: built } : first;
}

function buildStep({ node }: FoundStep, text: string): Step {
  const { with: input, if: condition, forEach, timeout, target, retry, ...entry } = stepSchema.parse(node.value);
  return {
    ...definedOnly(entry),
    with: input ?? {},
    line: lineAt(text, node.range.start),
    ...(condition !== undefined && { if: String(condition) }),
    ...(forEach !== undefined && { forEach: forEach as string | readonly JsonValue[] }),
    ...(timeout !== undefined && { timeoutMs: milliseconds(timeout) }),
    ...(target !== undefined && { targetMs: milliseconds(target) }),
    ...(retry && { retry: { attempts: retry.attempts, delayMs: milliseconds(retry.delay ?? DEFAULT_RETRY_DELAY) } }),
  };
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

function milliseconds(duration: string): number {
  const parsed = parseDuration(duration);
  if (parsed === undefined) throw new Error(`the schema let a bad duration pass: ${duration}`);
  return parsed;
}

type DefinedOnly<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function definedOnly<T extends object>(value: T): DefinedOnly<T> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as DefinedOnly<T>;
}
