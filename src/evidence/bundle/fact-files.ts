import type { RunRecord } from "../../engine/record.ts";
import { remaining } from "../../engine/ledger.ts";
import { json, jsonLines, type BundleFile } from "./bundle-file.ts";

/** What happened on AWS and what was compared: each fact of the journal once more, in a file an auditor can sample. */
export function factFiles(record: RunRecord): readonly BundleFile[] {
  return [
    {
      path: "aws/calls.jsonl",
      content: jsonLines(record.calls.map(({ type: _type, at, ...call }) => ({ at: at.at, ...call }))),
    },
    { path: "aws/resources.jsonl", content: jsonLines(record.ledger) },
    { path: "aws/recovery-points.jsonl", content: jsonLines(recoveryPoints(record)) },
    { path: "aws/teardown.json", content: json(teardown(record)) },
    { path: "data/diff.json", content: json(differences(record)) },
  ];
}

/** One line a recovery point; markers are in the first one's, where there are several. */
function recoveryPoints({ recoveryPoint, recoveryPoints: all }: RunRecord): readonly object[] {
  return [recoveryPoint, ...all.slice(1)];
}

function teardown(record: RunRecord): object {
  const left = remaining(record.ledger).filter(({ state }) => state !== "kept");
  // What was only looked for was not made.
  const seen = record.ledger.filter(
    ({ id, state, standsFor }) => !standsFor && (id !== undefined || state !== "deleted"),
  );
  const count = (state: string) => seen.filter((entry) => entry.state === state).length;
  return {
    outcome: record.phases.findLast(({ phase }) => phase === "teardown")?.outcome ?? "not reached",
    made: seen.length,
    confirmedGone: count("deleted"),
    kept: count("kept"),
    mayRemain: left.map(({ kind, region, id, token, reason }) => ({ kind, region, id: id ?? null, token, reason })),
  };
}

function differences(record: RunRecord): object {
  return {
    checks: record.checks.map(({ type: _type, at, ...check }) => ({ at: at.at, ...check })),
    failed: record.checks.filter(({ passed }) => !passed).length,
  };
}
