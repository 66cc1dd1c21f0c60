import type { RunRecord } from "../../engine/record.ts";
import type { Verdict } from "../../evidence/verdict.ts";
import { formatDuration } from "../../time/duration.ts";
import { elapsedMs } from "../../evidence/interval.ts";
import { counted, formatInstant } from "../wording.ts";
import { codeOr, type Cell } from "./cell.ts";

export interface Fact {
  readonly label: Cell;
  readonly value: Cell;
}

export function identification(record: RunRecord, verdict: Verdict): readonly Fact[] {
  const { run, identity } = record;
  const { primary, dr, primaryLost } = run.regions;
  const lost = primaryLost ? "counts as lost from recover on" : "stays reachable throughout";
  return [
    { label: "Run", value: { code: run.runId } },
    { label: "Kind of run", value: run.mode === "rehearsal" ? "rehearsal on the sandbox, SIMULATED" : "live" },
    { label: "Began", value: formatInstant(record.startedAt.at) },
    { label: "Ended", value: endOf(record) },
    { label: "Exit code", value: String(verdict.exitCode) },
    { label: "Account", value: codeOr(identity?.account, "not confirmed: the guard did not let the run pass") },
    { label: "Caller", value: codeOr(identity?.arn, "not confirmed") },
    { label: "Primary Region", value: `${primary}, ${lost}` },
    { label: "DR Region", value: dr },
    ...clockOffsets(identity?.clockOffsetMs ?? {}),
    { label: "Drill file", value: { code: run.drill.path } },
    { label: "SHA-256 of the drill file", value: { code: run.drill.sha256 } },
    { label: "Controls the drill names", value: run.controls.join(", ") || "none" },
    { label: "gameday", value: `${run.versions.gameday} on Node ${run.versions.node}` },
    ...record.tools.map(({ tool, version, from }) => ({ label: tool, value: `${version}, from ${from}` })),
    { label: "Journal", value: `journal.jsonl beside this report, ${counted(record.lastSeq + 1, "event")}` },
  ];
}

function endOf({ finished, lastAt, startedAt }: RunRecord): Cell {
  if (finished) return `${formatInstant(finished.at.at)}, after ${formatDuration(elapsedMs(startedAt, finished.at))}`;
  return `cut off; the last event is of ${formatInstant(lastAt.at)}`;
}

function clockOffsets(offsets: Readonly<Record<string, number>>): readonly Fact[] {
  const all = Object.entries(offsets).map(
    ([region, ms]) => `${region} ${ms >= 0 ? "+" : ""}${(ms / 1000).toFixed(1)}s`,
  );
  return all.length === 0 ? [] : [{ label: "This machine's clock against AWS", value: all.join(", ") }];
}
