import { printableJson } from "../drill/printable.ts";
import { createHash } from "node:crypto";
import type { Result } from "../evidence/result/result.ts";
import { inertLine } from "./inert.ts";

type Value = string | number | boolean | undefined;
type Step = Result["steps"][number];

const INTERNAL = 1;
const OK = 1;
const ERROR = 2;

/**
 * An OTLP trace in JSON: a span of the run, one of each phase, one of each step that began. Ids are hashes of the run's id: the
 * same run gives the same trace. `cicd.*` by the OpenTelemetry conventions of CI/CD, which are in development; `dr.*` are ours.
 */
export function renderOtlp(result: Result): string {
  const spans = [
    runSpan(result),
    ...result.phases.map((phase) => phaseSpan(phase, result)),
    ...result.steps.flatMap((step) => stepSpan(step, result)),
  ];
  const resource = {
    attributes: attributes({ "service.name": "gameday", "service.version": result.run.versions.gameday }),
  };
  const scopeSpans = [{ scope: { name: "gameday", version: result.run.versions.gameday }, spans }];
  return `${printableJson(JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] }))}\n`;
}

function runSpan(result: Result): object {
  const { run, drill, verdict, evidenceClass, recoveryTime, recoveryPoint, objectives } = result;
  const target = (name: "RTO" | "RPO") => objectives.find(({ objective }) => objective === name)?.targetMs;
  return span(result, {
    key: "run",
    name: `drill ${drill.name}`,
    offsetMs: 0,
    durationMs: run.durationMs,
    failed: !verdict.word.startsWith("PASS"),
    message: verdict.reasons[0] ?? "",
    attributes: {
      "cicd.pipeline.name": drill.name,
      "cicd.pipeline.run.id": run.id,
      "cicd.pipeline.result": PIPELINE_RESULTS[verdict.word],
      "dr.verdict": verdict.word,
      "dr.evidence_class": evidenceClass,
      "dr.rto_ms": target("RTO"),
      "dr.rta_ms": recoveryTime?.rtaMs,
      "dr.rta_wall_clock": recoveryTime?.wallClock,
      "dr.rpo_ms": target("RPO"),
      "dr.rpa_ms": recoveryPoint.rpaMs,
      "dr.region.primary": run.regions.primary,
      "dr.region.recovery": run.regions.dr,
    },
  });
}

const PIPELINE_RESULTS = {
  PASS: "success",
  "PASS WITH DEVIATIONS": "success",
  FAIL: "failure",
  INCONCLUSIVE: "error",
  ABORTED: "cancellation",
} as const;

function phaseSpan(
  { phase, outcome, offsetMs, durationMs, wallClock, inRta }: Result["phases"][number],
  result: Result,
): object {
  return span(result, {
    key: `phase ${phase}`,
    parent: "run",
    name: phase,
    offsetMs,
    durationMs,
    failed: outcome === "failed" || outcome === "aborted" || outcome === "cut off",
    message: outcome,
    attributes: {
      "dr.phase": phase,
      "dr.phase.outcome": outcome,
      "dr.phase.in_rta": inRta,
      "dr.phase.wall_clock": wallClock,
    },
  });
}

const TASK_RESULTS: Readonly<Record<Step["status"], string>> = {
  passed: "success",
  failed: "failure",
  "timed-out": "timeout",
  skipped: "skip",
  aborted: "cancellation",
  "cut off": "error",
  "not executed": "skip",
};

function stepSpan(step: Step, result: Result): readonly object[] {
  const {
    instance,
    phase,
    uses,
    status,
    offsetMs,
    durationMs,
    attempts,
    failure,
    targetMs,
    targetMissed,
    peopleMs,
    wallClock,
  } = step;
  if (offsetMs === undefined) return [];
  return [
    span(result, {
      key: `step ${instance}`,
      parent: `phase ${phase}`,
      name: instance,
      offsetMs,
      durationMs: durationMs ?? Math.max(0, result.run.durationMs - offsetMs),
      failed: status !== "passed",
      message: failure?.message ?? status,
      attributes: {
        "cicd.pipeline.task.name": instance,
        "cicd.pipeline.task.run.id": `${result.run.id}/${instance}`,
        "cicd.pipeline.task.run.result": TASK_RESULTS[status],
        "dr.step.kind": uses,
        "dr.step.attempts": attempts,
        "dr.step.target_ms": targetMs,
        "dr.step.target_missed": targetMs === undefined ? undefined : targetMissed,
        "dr.step.people_ms": peopleMs,
        "dr.step.wall_clock": wallClock,
        "error.type": failure?.code,
      },
    }),
  ];
}

interface SpanOf {
  readonly key: string;
  readonly parent?: string;
  readonly name: string;
  readonly offsetMs: number;
  readonly durationMs: number;
  readonly failed: boolean;
  readonly message: string;
  readonly attributes: Readonly<Record<string, Value>>;
}

function span({ run }: Result, of: SpanOf): object {
  const startMs = Date.parse(run.startedAt) + of.offsetMs;
  return {
    traceId: hex(`trace ${run.id}`, 32),
    spanId: hex(`${run.id} ${of.key}`, 16),
    ...(of.parent === undefined ? {} : { parentSpanId: hex(`${run.id} ${of.parent}`, 16) }),
    name: inertLine(of.name) || "unnamed",
    kind: INTERNAL,
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(startMs + of.durationMs),
    attributes: attributes(of.attributes),
    status: of.failed ? { code: ERROR, message: inertLine(of.message) } : { code: OK },
  };
}

/** OTLP's JSON writes 64-bit integers as strings. */
function nanoseconds(epochMs: number): string {
  return String(BigInt(Math.round(epochMs * 1000)) * 1000n);
}

function hex(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

function attributes(values: Readonly<Record<string, Value>>): readonly object[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: anyValue(value) }],
  );
}

function anyValue(value: string | number | boolean): object {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "string") return { stringValue: inertLine(value) };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
