import type { DrillFile } from "../../engine/facts.ts";
import type { RunRecord } from "../../engine/record.ts";
import { formatBudget } from "../../time/duration.ts";
import { evidenceClassOf } from "../attestation/evidence-class.ts";
import { measure, stepMs } from "../measure.ts";
import { recoveredBytes } from "../recovery-point.ts";
import { verdictOf } from "../verdict.ts";
import { filesDigest } from "./run-summary.ts";

/** Something with a duration in both runs, in one, or in the other. Milliseconds. */
export interface ComparedTime {
  readonly name: string;
  readonly before?: number;
  readonly after?: number;
}

export interface ChangedFact {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

export interface Comparison {
  readonly facts: readonly ChangedFact[];
  readonly figures: readonly ComparedTime[];
  readonly phases: readonly ComparedTime[];
  readonly steps: readonly ComparedTime[];
  /** Lines of the drill file that only one of them has: `- ` before, `+ ` after. Empty when it is the same file. */
  readonly drillChanges: readonly string[];
  /** Files that steps use: `~ ` changed, `- ` before only, `+ ` after only. Empty when all are the same. */
  readonly fileChanges: readonly string[];
}

export function compareRuns(before: RunRecord, after: RunRecord): Comparison {
  return {
    facts: changed(factsOf(before), factsOf(after)),
    figures: paired(figuresOf(before), figuresOf(after)),
    phases: paired(phasesOf(before), phasesOf(after)),
    steps: paired(stepsOf(before), stepsOf(after)),
    drillChanges: changedLines(before.run.drill.text, after.run.drill.text),
    fileChanges: changedFiles(before.run.files, after.run.files),
  };
}

function factsOf(record: RunRecord): ReadonlyMap<string, string> {
  const { run, identity, tools, recoveryPoint, resumes } = record;
  return new Map([
    ["outcome", verdictOf(record).outcome],
    ["evidence", evidenceClassOf(record)],
    ["cut off", resumes.length === 0 ? "never" : resumes.length === 1 ? "once" : `${resumes.length} times`],
    ["drill", run.drill.name],
    ["drill file", run.drill.sha256.slice(0, 12)],
    ["files of the drill", run.files ? filesDigest(run.files).slice(0, 12) : "not hashed"],
    ["account", identity?.account ?? "not known"],
    ["caller", identity?.arn ?? "not known"],
    ["Regions", `${run.regions.primary} to ${run.regions.dr}`],
    ["gameday", run.versions.gameday],
    ["Node.js", run.versions.node],
    ...tools.map(({ tool, version }): [string, string] => [tool, version]),
    ["data size", recoveredBytes(record) === 0 ? "not known" : `${recoveredBytes(record)} bytes`],
    ["backup schedule", scheduleOf(recoveryPoint)],
    ["basis of the RPA", recoveryPoint.basis ?? "not known"],
  ]);
}

function scheduleOf({ schedule }: RunRecord["recoveryPoint"]): string {
  if (!schedule) return "not known";
  const { intervalMs, startWindowMs } = schedule;
  return `at most ${formatBudget(intervalMs)} between two, each up to ${formatBudget(startWindowMs)} late`;
}

function figuresOf(record: RunRecord): ReadonlyMap<string, number> {
  const { recovery, point, wholeRunMs } = measure(record);
  return new Map([
    ...(recovery ? [["RTA", recovery.rtaMs] as const, ["RTA, machine time", recovery.machineMs] as const] : []),
    ...(recovery && point.bestMs !== undefined ? [["RPA", point.bestMs] as const] : []),
    ...(point.scheduleWorstMs === undefined ? [] : [["worst case by schedule", point.scheduleWorstMs] as const]),
    ...(point.lookback?.worstMs === undefined ? [] : [["worst case looked back on", point.lookback.worstMs] as const]),
    ["whole run", wholeRunMs] as const,
  ]);
}

function phasesOf(record: RunRecord): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { phase, durationMs } of measure(record).phases) times.set(phase, (times.get(phase) ?? 0) + durationMs);
  return times;
}

function stepsOf(record: RunRecord): ReadonlyMap<string, number> {
  return new Map(
    record.steps.flatMap((step) => {
      const ms = stepMs(step);
      return ms === undefined ? [] : [[`${step.phase}: ${step.instance}`, ms] as const];
    }),
  );
}

function paired(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): readonly ComparedTime[] {
  return [...new Set([...before.keys(), ...after.keys()])].map((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    return { name, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) };
  });
}

function changed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly ChangedFact[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((what) => ({ what, before: before.get(what) ?? "none", after: after.get(what) ?? "none" }))
    .filter((fact) => fact.before !== fact.after);
}

function changedFiles(before: readonly DrillFile[] = [], after: readonly DrillFile[] = []): readonly string[] {
  const [old, now] = [before, after].map((files) => new Map(files.map(({ path, sha256 }) => [path, sha256])));
  return [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].sort().flatMap((path) => {
    if (!old?.has(path)) return [`+ ${path}`];
    if (!now?.has(path)) return [`- ${path}`];
    return old.get(path) === now.get(path) ? [] : [`~ ${path}`];
  });
}

/** Lines that are not in the other file, in their order: enough to see what somebody has changed. */
function changedLines(before: string, after: string): readonly string[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  return [...without(old, now).map((line) => `- ${line}`), ...without(now, old).map((line) => `+ ${line}`)];
}

function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
