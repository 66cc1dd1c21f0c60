import { createHash } from "node:crypto";
import * as z from "zod";
import type { DrillFile } from "../../engine/facts.ts";
import type { RunRecord } from "../../engine/record.ts";
import { evidenceClassOf } from "../attestation/evidence-class.ts";
import { measure, type Measurement } from "../measure.ts";
import { recoveredBytes } from "../recovery-point.ts";
import { deviationsOf } from "../result/deviations.ts";
import { reportWord } from "../result/report-word.ts";
import { VERDICT_WORDS } from "../result/schema.ts";
import { verdictOf } from "../verdict.ts";

const ms = z.number();

export const summaryShape = z.object({
  run: z.string(),
  drill: z.string(),
  drillSha256: z.string(),
  /** Of Terraform's configuration and programs that steps use; absent where there are none. */
  filesSha256: z.string().optional(),
  startedAt: z.string(),
  endedAt: z.string(),
  evidenceClass: z.enum(["live", "emulated"]),
  /** `incomplete`: the journal has no end. */
  outcome: z.string(),
  /** What reports call it; absent in summaries that were kept before there was one. */
  word: z.enum(VERDICT_WORDS).optional(),
  rtaMs: ms.optional(),
  /** The run was cut off during the recovery: its RTA is wall-clock time. */
  wallClock: z.boolean().optional(),
  rtoMs: ms.optional(),
  rpaMs: ms.optional(),
  rpoMs: ms.optional(),
  phaseMs: z.record(z.string(), ms),
  /** Runs of one series can be compared. */
  series: z.string(),
  cadence: z.string().optional(),
});

/** What history needs of a run. */
export type RunSummary = z.output<typeof summaryShape>;

export function summarise(record: RunRecord): RunSummary {
  const { run } = record;
  const measurement = measure(record);
  const { recovery, point, phases } = measurement;
  const verdict = verdictOf(record);
  const { rtoMs, rpoMs } = run.objectives;
  const phaseMs: Record<string, number> = {};
  for (const { phase, durationMs } of phases) phaseMs[phase] = (phaseMs[phase] ?? 0) + durationMs;
  return {
    run: run.runId,
    drill: run.drill.name,
    drillSha256: run.drill.sha256,
    ...(run.files ? { filesSha256: filesDigest(run.files) } : {}),
    startedAt: record.startedAt.at,
    endedAt: record.lastAt.at,
    evidenceClass: evidenceClassOf(record),
    outcome: record.finished ? verdict.outcome : "incomplete",
    word: reportWord(verdict.outcome, deviationsOf(record, measurement, verdict)),
    ...(recovery ? { rtaMs: recovery.rtaMs, wallClock: recovery.wallClockCauses.length > 0 } : {}),
    ...(rtoMs === undefined ? {} : { rtoMs }),
    ...(recovery && point.bestMs !== undefined ? { rpaMs: point.bestMs } : {}),
    ...(rpoMs === undefined ? {} : { rpoMs }),
    phaseMs,
    series: seriesOf(record, measurement),
    ...(run.cadence === undefined ? {} : { cadence: run.cadence }),
  };
}

/**
 * Comparable runs recover the same way, with the same Terraform configuration and programs, between the same Regions, about as much
 * data, both live or both not, and neither was cut off or slept meanwhile: a recovery that lay still says nothing of how long one takes.
 */
function seriesOf(record: RunRecord, { recovery }: Measurement): string {
  const { run } = record;
  const gibibytes = recoveredBytes(record) / 1024 ** 3;
  const size = gibibytes > 0 ? Math.round(Math.log2(gibibytes)) : "unknown";
  const how = run.steps.filter(({ phase }) => phase === "recover" || phase === "verify").map(({ uses }) => uses);
  const parts = [run.drill.name, evidenceClassOf(record), run.regions.primary, run.regions.dr, size, ...how];
  if (run.files) parts.push(filesDigest(run.files));
  if (recovery && recovery.wallClockCauses.length > 0) parts.push("wall clock");
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);
}

/** One hash for all of them: SHA-256 over the sorted paths and their hashes. */
export function filesDigest(files: readonly DrillFile[]): string {
  const lines = files.map(({ path, sha256 = "not hashed" }) => `${sha256}  ${path}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex");
}
