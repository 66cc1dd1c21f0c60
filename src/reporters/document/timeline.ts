import { PHASES, type Phase } from "../../drill/drill.ts";
import type { Result } from "../../evidence/result/result.ts";
import { weightiest } from "../bounded.ts";

/** Bars of steps on a time axis. Milliseconds from the run's first event. */
export interface Timeline {
  readonly title: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly startedAt: string;
  readonly bars: readonly Bar[];
  readonly markers: readonly Marker[];
  /** Stretches in which people were waited for. */
  readonly waits: readonly Stretch[];
  /** Where the RTO ends, whether or not it is inside the axis. */
  readonly targetMs?: number;
  readonly hidden: number;
}

export interface Bar {
  /** The step's row in the table of steps. */
  readonly number: number;
  readonly label: string;
  readonly phase: Phase;
  readonly status: Result["steps"][number]["status"];
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Marker {
  readonly name: "T0" | "T1" | "T2" | "T3";
  readonly meaning: string;
  readonly atMs: number;
}

/** More bars than this nobody can read. The longest are drawn. */
const MOST_BARS = 40;

/** The recovery by itself, which a long wait for a backup would squeeze to a line, then the whole run; none when no step began. */
export function timelinesOf(result: Result): readonly Timeline[] {
  const bars = result.steps.flatMap((step) => barOf(step, result));
  if (bars.length === 0) return [];
  const recovering = bars.filter(({ phase }) => phase === "recover" || phase === "verify");
  const alone = result.disasterAt !== undefined && recovering.length > 0 && recovering.length < bars.length;
  const whole = timeline(result, "The whole run", bars);
  return alone ? [timeline(result, "The recovery", recovering), whole] : [whole];
}

function barOf(step: Result["steps"][number], { run }: Result): readonly Bar[] {
  const { number, offsetMs, durationMs, instance: label, phase, status } = step;
  if (number === undefined || offsetMs === undefined) return [];
  return [
    {
      number,
      label,
      phase,
      status,
      fromMs: offsetMs,
      toMs: offsetMs + (durationMs ?? run.durationMs - offsetMs),
    },
  ];
}

function timeline(result: Result, title: string, all: readonly Bar[]): Timeline {
  const { shown, hidden } = weightiest(all, MOST_BARS, ({ fromMs, toMs }) => toMs - fromMs);
  const markers = markersOf(result);
  const instants = [...shown.flatMap(({ fromMs, toMs }) => [fromMs, toMs]), ...markers.map(({ atMs }) => atMs)];
  const rto = result.objectives.find(({ objective }) => objective === "RTO");
  const disaster = markers[0];
  return {
    title,
    fromMs: Math.min(...instants),
    toMs: Math.max(...instants),
    startedAt: result.run.startedAt,
    bars: inPhases(shown),
    markers,
    waits: waitsOf(result),
    hidden,
    ...(rto && disaster ? { targetMs: disaster.atMs + rto.targetMs } : {}),
  };
}

function waitsOf({ peopleWaits, run }: Result): readonly Stretch[] {
  return peopleWaits.flatMap(({ endedAt, durationMs }): Stretch[] => {
    const toMs = Date.parse(endedAt) - Date.parse(run.startedAt);
    return Number.isFinite(toMs) ? [{ fromMs: toMs - durationMs, toMs }] : [];
  });
}

function inPhases(bars: readonly Bar[]): readonly Bar[] {
  return PHASES.flatMap((phase) => bars.filter((bar) => bar.phase === phase));
}

function markersOf({ recoveryTime, disasterAt, run, phases }: Result): readonly Marker[] {
  const recover = phases.find(({ phase, outcome }) => phase === "recover" && outcome !== "skipped");
  const t0 =
    disasterAt === undefined ? undefined : (recover?.offsetMs ?? Date.parse(disasterAt) - Date.parse(run.startedAt));
  if (t0 === undefined || !Number.isFinite(t0)) return [];
  const declared: Marker = { name: "T0", meaning: "disaster declared", atMs: t0 };
  if (!recoveryTime) return [declared];
  const { decisionMs, availableMs, rtaMs } = recoveryTime;
  return [
    declared,
    { name: "T1", meaning: "recovery begins", atMs: t0 + decisionMs },
    { name: "T2", meaning: "data available", atMs: t0 + availableMs },
    { name: "T3", meaning: "verified", atMs: t0 + rtaMs },
  ];
}
