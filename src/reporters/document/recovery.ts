import { readsRestored } from "../../evidence/checks.ts";
import type { Result } from "../../evidence/result/result.ts";
import { formatDuration } from "../../time/duration.ts";
import { formatBytes, formatInstant } from "../wording.ts";
import { codeOr, columns, durationOr, facts, instantOr, measured, provided, tableOf, tableOr } from "./cells.ts";
import type { Block, Cell, Section } from "./document.ts";
import { timelinesOf } from "./timeline.ts";

export function timelineSection(result: Result): Section {
  const timelines = timelinesOf(result);
  const table = tableOf({
    caption: "Phases",
    columns: columns("Phase", "Began", "#Duration", "Outcome", "Counts toward the RTA"),
    all: result.phases,
    most: 10,
    noun: "phase",
    row: ({ phase, startedAt, outcome, inRta, ...time }) => [
      phase,
      formatInstant(startedAt),
      measured(time),
      outcome,
      outcome === "skipped" ? "–" : inRta ? "yes" : "no",
    ],
  });
  return {
    number: 5,
    title: "Timeline",
    blocks: [
      ...(timelines.length > 0 ? [{ kind: "timelines", timelines } as const] : []),
      tableOr(table, "No phase began."),
      {
        kind: "text",
        text: `${result.phases.some(({ wallClock }) => wallClock) ? WALL_CLOCK : ""}Throughout the report instants are cut to the second and durations, measured in milliseconds, are rounded: a duration may differ by 1s from the difference of the instants beside it.`,
      },
    ],
  };
}

const WALL_CLOCK =
  "Of durations marked 'wall clock' a part was not measured: the run was cut off and resumed, or the machine slept, was paused or had its clock set ahead. That part is the difference of two times of day, and as right as the machine's clock was. ";

const EXCLUDED =
  "Not in the RTA: prepare (waiting for the backup included), teardown, and the time it takes to notice and decide.";

export function breakdownSection(result: Result): Section {
  const { recoveryTime, plan, run } = result;
  return {
    number: 6,
    title: "Recovery time breakdown",
    blocks: [
      ...(recoveryTime ? breakdown(recoveryTime) : [notReached(result)]),
      { kind: "list", items: [EXCLUDED, "A drill does not measure how long noticing and deciding take."] },
      facts("Beside the measurement", [
        ["Assumed detection, not added", provided(plan.assumedDetection)],
        ["This machine's clock against AWS", offsets(run.clockOffsetMs)],
      ]),
    ],
  };
}

function notReached({ disasterAt, unfinishedRecoveryMs = 0 }: Result): Block {
  const text =
    disasterAt === undefined
      ? "No disaster was declared: there is no RTA."
      : `The disaster was declared at ${formatInstant(disasterAt)}; the recovery was not verified in the ${formatDuration(unfinishedRecoveryMs)} after it: there is no RTA.`;
  return { kind: "text", text };
}

function breakdown(time: NonNullable<Result["recoveryTime"]>): readonly Block[] {
  const { split, rtaMs } = time;
  const share = (ms: number) => `${rtaMs === 0 ? 0 : Math.round((ms / rtaMs) * 100)} %`;
  const row = (label: string, ms: number): readonly Cell[] => [label, formatDuration(ms), share(ms)];
  const of = (caption: string, rows: readonly (readonly Cell[])[]): Block => ({
    kind: "table",
    table: { caption, columns: columns("Part", "#Time", "#Of the RTA"), rows, omitted: "" },
  });
  return [
    {
      kind: "text",
      text: `RTA ${formatDuration(rtaMs)}, waits for people included: from the declared disaster, ${formatInstant(time.declaredAt)}, to the end of the last passed step of verify, ${formatInstant(time.verifiedAt)}. Without waits for people it is ${formatDuration(time.machineMs)}.${byService(time)}${byWallClock(time)}`,
    },
    of("From milestone to milestone", [
      row("T0 to T1: declared, until the first step began", time.decisionMs),
      row("T1 to T2: until the data were available", time.restoreMs),
      row("T2 to T3: until they were verified", time.verifyMs),
    ]),
    of("What it went into", [
      ...(time.wallClock ? [row("Not measured: by the wall clock only", split.cutOffMs)] : []),
      row("Waiting for people", split.peopleMs),
      row("Attempts made again", split.retryMs),
      row("AWS: calls, and waiting for states", split.awsMs),
      row("gameday, programs, scripts on hosts", split.ownMs),
    ]),
    facts("Available and hydrated", [
      ["Available after", formatDuration(time.availableMs)],
      [
        "Hydrated (first full read done) after",
        durationOr(time.hydratedMs, "not measured: no step reports a full read"),
      ],
    ]),
    tableOr(
      tableOf({
        caption: "Critical path",
        columns: columns("Step on the critical path", "Phase", "#Duration", "#Gap before"),
        all: time.criticalPath,
        most: 30,
        noun: "step",
        row: ({ instance, phase, durationMs, gapMs }) => [
          { code: instance },
          phase,
          formatDuration(durationMs),
          gapMs === 0 ? "–" : formatDuration(gapMs),
        ],
      }),
      "No step took any time.",
    ),
  ];
}

function byService({ serviceRtaMs: ms }: NonNullable<Result["recoveryTime"]>): string {
  return ms === undefined
    ? ""
    : ` By the services' own timestamps, without the time until they were seen, it is ${(ms / 1000).toFixed(3)} s.`;
}

const CAUSES = {
  "cut-off": "the run was cut off and resumed",
  "clock-jump": "the machine slept or was paused, or its clock was set ahead",
} as const;

function byWallClock({ wallClockCauses = [], split }: NonNullable<Result["recoveryTime"]>): string {
  const why = wallClockCauses.map((cause) => CAUSES[cause]).join(", and ");
  return (
    why &&
    ` Of the RTA, ${formatDuration(split.cutOffMs)} was not measured, because ${why}: it is the difference of two times of day (the wall clock), and counts like the rest.`
  );
}

function offsets(byRegion: Readonly<Record<string, number>>): Cell {
  const all = Object.entries(byRegion).map(
    ([region, ms]) => `${region} ${ms >= 0 ? "+" : ""}${(ms / 1000).toFixed(1)}s`,
  );
  return all.join(", ") || "not measured";
}

const BASIS = {
  scheduled:
    "scheduled: the backup schedule made it; the RPA is of a disaster at this moment, not the worst that the schedule allows",
  "drill-triggered": "drill-triggered: the drill made it, so the RPA says nothing of the backup schedule",
} as const;

export function recoveryPointSection(result: Result): Section {
  const { recoveryPoint: point } = result;
  const none = Object.keys(point).length === 0;
  return {
    number: 7,
    title: "Recovery point",
    blocks: none
      ? [{ kind: "text", text: "None was found." }]
      : [pointFacts(result), ...severalPoints(point), ...lookbackBlocks(point)],
  };
}

function pointFacts({ recoveryPoint: point, checks }: Result): Block {
  const looked = checks.some(readsRestored) || point.markerFoundAt !== undefined;
  const ofAnother = point.all && point.markerFoundAt !== undefined && point.rpaAtMostMs === undefined;
  const noMarker = ofAnother
    ? "the markers that were found are of younger recovery points"
    : looked
      ? "no marker was found in the restored data"
      : "no step read the restored data for a marker";
  const apart =
    point.clocksApartMs === undefined ? "" : `clocks differ by at least ${formatDuration(point.clocksApartMs)}`;
  const unproved =
    point.ageMs === undefined
      ? apart && `unknown: ${apart}`
      : `none: nothing was recovered and verified; the recovery point was ${formatDuration(point.ageMs)} old at the disaster`;
  return facts("The recovery point", [
    ["RPA", durationOr(point.rpaMs, unproved || "not measured")],
    ["Measured from", point.measuredFrom ?? "–"],
    [
      "At least (source StartTime: nothing younger is in it; the lower bound)",
      durationOr(point.rpaAtLeastMs, apart ? `unknown: ${apart}` : "not known"),
    ],
    [
      "At most (newest marker found; a marker is written once, so this is an upper bound)",
      durationOr(
        point.rpaAtMostMs,
        point.markerFoundAt !== undefined && apart ? `unknown: ${apart}` : `not known: ${noMarker}`,
      ),
    ],
    [
      "Basis",
      point.basis === undefined
        ? "not known"
        : point.basis === "scheduled"
          ? BASIS.scheduled
          : { text: BASIS[point.basis], tone: "warn" },
    ],
    ["Recovery point", codeOr(point.recoveryPointId, "not known")],
    [
      "Of several",
      point.all && `1 of ${point.all.length}, the oldest: the RPA is the worst of them; all are listed below`,
    ],
    ["Its source", codeOr(point.sourceId, "not known")],
    ["Source StartTime (the point in time of its data)", instantOr(point.sourceStartTime, "not known")],
    ["Copy started", instantOr(point.copyStartTime, "not known")],
    ["Copy complete", instantOr(point.copyCompletionTime, "not known")],
    ["Copying took", durationOr(point.copyMs, "not known")],
    ["Worst that the schedule allows (interval, start window and this copy's lag)", worstOfSchedule(point)],
    ["Copy lag (source StartTime to copy complete)", durationOr(point.copyLagMs, "not known")],
    ["Marker written", instantOr(point.markerWrittenAt, "none")],
    [
      point.all ? "Oldest of the markers in the restored data" : "Newest marker in the restored data",
      instantOr(point.markerFoundAt, looked ? "none found" : "no step looked for one"),
    ],
    ["Size", point.sizeBytes === undefined ? "not known" : formatBytes(point.sizeBytes)],
    ["Encrypted", point.encrypted === undefined ? "not known" : point.encrypted ? "yes" : "no"],
    ["KMS key", codeOr(point.kmsKeyId, "not known")],
  ]);
}

function severalPoints({ all }: Result["recoveryPoint"]): readonly Block[] {
  if (!all) return [];
  const table = tableOf({
    caption: "All recovery points, the oldest first",
    columns: columns("Recovery point", "Point in time", "#Age at the disaster", "#Copy lag", "Basis"),
    all,
    most: 100,
    noun: "recovery point",
    row: (one) => [
      codeOr(one.recoveryPointId, "not known"),
      instantOr(one.sourceStartTime, "not known"),
      durationOr(one.ageMs, "not known"),
      durationOr(one.copyLagMs, "not known"),
      one.basis ?? "not known",
    ],
  });
  return [
    { kind: "heading", heading: "All recovery points" },
    { kind: "table", table },
  ];
}

function worstOfSchedule({ schedule, copyLagMs }: Result["recoveryPoint"]): Cell | undefined {
  if (!schedule || copyLagMs === undefined) return undefined;
  const { intervalMs, startWindowMs } = schedule;
  const parts = [intervalMs, startWindowMs, copyLagMs].map(formatDuration).join(" + ");
  return `${formatDuration(intervalMs + startWindowMs + copyLagMs)}: ${parts}`;
}

function lookbackBlocks({ lookback, worstMs }: Result["recoveryPoint"]): readonly Block[] {
  if (!lookback)
    return [
      {
        kind: "text",
        text: "The run did not look back on earlier recovery points: the worst-case RPO is not measured.",
      },
    ];
  const worst =
    worstMs === undefined
      ? "fewer than two recovery points: the worst-case RPO is not measured"
      : `the worst-case RPO was ${formatDuration(worstMs)}`;
  return [
    { kind: "heading", heading: "Looking back on earlier recovery points" },
    {
      kind: "text",
      text: `Each point was the newest one to recover from until the next was available, copy lag included: ${worst}.`,
    },
    tableOr(
      tableOf({
        caption: "Earlier recovery points",
        columns: columns("Recovery point", "Point in time", "Available", "#Lag", "#Exposure"),
        all: lookback.toReversed(),
        most: 60,
        noun: "recovery point",
        row: (point) => [
          { code: point.recoveryPointId },
          formatInstant(point.pointInTime),
          formatInstant(point.availableAt),
          formatDuration(point.lagMs),
          point.exposureMs !== undefined && point.exposureMs === worstMs
            ? { text: `${formatDuration(point.exposureMs)}, the worst`, tone: "warn" }
            : durationOr(point.exposureMs, "–"),
        ],
      }),
      "There were none.",
    ),
  ];
}
