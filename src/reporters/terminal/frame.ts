import type { Phase } from "../../drill/drill.ts";
import { formatBudget, formatDuration } from "../../time/duration.ts";
import { bounded } from "../bounded.ts";
import { counted, grouped } from "../wording.ts";
import type { LiveRun } from "./live-run.ts";
import type { Look } from "./look.ts";
import { isBad, type Activity, type Ended, type PhaseState, type PhaseView } from "./phase-view.ts";

/** One phase of a frame: a heading, and lines below it. */
export interface PhaseFrame {
  readonly phase: Phase;
  readonly state: PhaseState;
  readonly heading: string;
  readonly lines: readonly string[];
}

export interface FrameOptions {
  readonly look: Look;
  /** The run's monotonic milliseconds, now. */
  readonly mono: number;
  /** Rows that may be filled. */
  readonly rows: number;
}

/** Fewest rows below the heading of the phase that runs, on however small a screen. */
const FEWEST_LINES = 3;
const MOST_PENDING = 3;

/** What the screen shows of a run now: never more rows than it has, the running phase first. */
export function frameOf(run: LiveRun, options: FrameOptions): readonly PhaseFrame[] {
  const views = [...run.views.values()];
  let left = options.rows - views.length;
  const linesOf = new Map<PhaseView, readonly string[]>();
  const running = views.filter(({ state }) => state === "running");
  const over = views.filter(({ state }) => state !== "running" && state !== "waiting").toReversed();
  for (const view of running) {
    const lines = runningLines(view, options, Math.max(left, FEWEST_LINES));
    linesOf.set(view, lines);
    left -= lines.length;
  }
  for (const view of over) {
    const lines = endedLines(view, options.look, Math.max(left, 0));
    linesOf.set(view, lines);
    left -= lines.length;
  }
  return views.map((view) => ({
    phase: view.phase,
    state: view.state,
    heading: heading(view, run, options),
    lines: linesOf.get(view) ?? [],
  }));
}

function heading(view: PhaseView, run: LiveRun, { look, mono }: FrameOptions): string {
  const { phase, state, since, endedAt } = view;
  if (state === "waiting")
    return look.dim(view.planned.length > 0 ? `${phase}  ${counted(view.planned.length, "step")}` : phase);
  if (state === "skipped") return look.dim(`${phase}  skipped`);
  const took = formatDuration((state === "running" ? mono : endedAt) - since);
  const failed = view.failed > 0 ? look.bad(` · ${grouped(view.failed)} failed`) : "";
  const many = view.ended > view.recent.length ? ` · ${counted(view.ended, "step")} ended` : "";
  return `${phase}  ${state === "running" || state === "passed" ? took : `${state} after ${took}`}${many}${failed}${extra(view, run, { look, mono })}`;
}

function extra(view: PhaseView, run: LiveRun, { look, mono }: Pick<FrameOptions, "look" | "mono">): string {
  const stopping = run.stopping !== undefined && view.state === "running" && view.phase !== "teardown";
  if (stopping) return look.warn(` · stopping (${run.stopping})`);
  const counts = view.phase === "recover" || view.phase === "verify";
  const clock = counts && view.state === "running" ? run.clock.text(mono) : undefined;
  if (clock === undefined)
    return view.phase === "verify" && view.state === "passed" ? ` · ${run.clock.text(mono) ?? ""}` : "";
  return run.clock.isPast(mono) ? look.bad(` · ${clock}`) : look.warn(` · ${clock}`);
}

function runningLines(view: PhaseView, options: FrameOptions, rows: number): readonly string[] {
  const { look } = options;
  const active = bounded([...view.running.values()], Math.max(1, Math.ceil(rows / 2)));
  const activeLines = active.shown.map((one) => activityLine(one, options));
  if (active.hidden > 0) activeLines.push(look.dim(`  … and ${grouped(active.hidden)} more running`));
  const before = endedLines(view, look, Math.max(0, rows - activeLines.length));
  const room = Math.min(MOST_PENDING, rows - activeLines.length - before.length);
  const next = view.next(Math.max(0, room)).map(({ id }) => look.dim(`${look.waiting} ${id}`));
  return [...before, ...activeLines, ...next];
}

function endedLines(view: PhaseView, look: Look, rows: number): readonly string[] {
  const recent = view.recent;
  if (rows === 0) return [];
  const hidden = view.ended - Math.min(recent.length, rows);
  const shown = hidden > 0 ? recent.slice(Math.max(0, recent.length - rows + 1)) : recent;
  const above = hidden > 0 ? [look.dim(`… ${grouped(view.ended - shown.length)} before`)] : [];
  return [...above, ...shown.map((ended) => endedLine(ended, look))];
}

function activityLine({ label, since, targetMs, message }: Activity, { look, mono }: FrameOptions): string {
  const elapsed = mono - since;
  const took = against(elapsed, targetMs, look);
  return `${look.warn(look.spin())} ${label}  ${took}${message === "" ? "" : look.dim(` · ${message}`)}`;
}

function endedLine(ended: Ended, look: Look): string {
  const { label, outcome, durationMs, wallClock, targetMs, note } = ended;
  const clock = wallClock ? look.dim(" · wall clock") : "";
  if (outcome === "passed") return `${look.good(look.tick)} ${label}  ${against(durationMs, targetMs, look)}${clock}`;
  if (isBad(ended)) return `${look.bad(`${look.cross} ${label}`)}  ${outcome}: ${note}`;
  return look.dim(`${look.skip} ${label}  ${outcome}${note === "" ? "" : `: ${note}`}`);
}

function against(elapsedMs: number, targetMs: number | undefined, look: Look): string {
  const took = formatDuration(elapsedMs);
  if (targetMs === undefined) return took;
  const text = `${took} of ${formatBudget(targetMs)}`;
  return elapsedMs > targetMs ? look.bad(text) : text;
}
