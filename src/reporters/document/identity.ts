import type { Result } from "../../evidence/result/result.ts";
import { bounded } from "../bounded.ts";
import { formatBudget, formatDuration } from "../../time/duration.ts";
import { formatBytes, formatInstant } from "../wording.ts";
import { NOT_PROVIDED, codeOr, columns, durationOr, facts, measured, provided, tableOf, tableOr } from "./cells.ts";
import type { Cell, Section } from "./document.ts";
import { kindOfRun } from "./simulated.ts";
import { metCell } from "./verdict.ts";

export function identificationSection(result: Result): Section {
  const { run, drill, plan } = result;
  return {
    number: 2,
    title: "Identification",
    blocks: [
      facts("Identification of the run", [
        ["Run", { code: run.id }],
        ["Kind of run", kindOfRun(result)],
        ["Drill", drill.name],
        ["Drill type", provided(plan.type)],
        ["Trigger", provided(plan.trigger)],
        ["Change reference", provided(plan.changeReference)],
        ["Period", run.period],
        ["Began", formatInstant(run.startedAt)],
        ["Ended", endOf(run)],
        ...run.resumes.map(({ at, gapMs }): [Cell, Cell] => [
          "Taken up again",
          `${formatInstant(at)}, after lying still for ${formatDuration(gapMs)}`,
        ]),
        ["Operator", provided(plan.operator)],
        ["Caller", codeOr(run.caller, "not confirmed: the guard did not let the run pass")],
        ["Account", codeOr(run.account, "not confirmed")],
        ["Approver", provided(plan.approver)],
        ["Participants", provided(plan.participants?.join("; "))],
        ["Drill file", { code: drill.file }],
        ["SHA-256 of the drill file", { code: drill.sha256 }],
        ["Files that its steps use", drill.files && filesCell(drill.files)],
        ["gameday", `${run.versions.gameday} on Node ${run.versions.node}`],
        ...run.tools.map(({ tool, version, from }): [Cell, Cell] => [tool, `${version}, from ${from}`]),
        ["Machine", run.host],
      ]),
    ],
  };
}

const MOST_FILES = 20;

/** Each with the beginning of its hash; plan/files.json in the bundle has all of them whole. */
function filesCell(files: NonNullable<Result["drill"]["files"]>): Cell {
  const { shown, hidden } = bounded(files, MOST_FILES);
  const names = shown.map(({ path, sha256 }) => `${path} (${sha256?.slice(0, 12) ?? "not hashed"})`);
  return `${names.join(", ")}${hidden === 0 ? "" : ` and ${hidden} more`}`;
}

function endOf({ endedAt, durationMs, lastEventAt }: Result["run"]): Cell {
  if (endedAt !== undefined) return `${formatInstant(endedAt)}, after ${formatDuration(durationMs)}`;
  return { text: `cut off; the last event is of ${formatInstant(lastEventAt)}`, tone: "bad" };
}

export function scopeSection({ plan, run, recoveryPoint, resources }: Result): Section {
  const { primary, dr, primaryLost } = run.regions;
  return {
    number: 3,
    title: "Scope",
    blocks: [
      facts("Scope of the drill", [
        ["Business function", provided(plan.businessFunction)],
        ["System", provided(plan.system)],
        ["Criticality", provided(plan.criticality)],
        ["Data owner", provided(plan.owner)],
        ["Business impact analysis", provided(plan.biaReference)],
        ["Plan or runbook", provided(plan.runbook)],
        ["In scope", provided(plan.inScope)],
        ["Out of scope", provided(plan.outOfScope)],
        [
          "Scenario",
          plan.scenario ??
            `${primary} is lost: ${primaryLost ? "calls to it are refused from recover on" : "simulated only, it stays reachable throughout"}`,
        ],
        ["Sampling", provided(plan.sampling)],
        ["Assumptions", provided(plan.assumptions)],
        ["Source", `${primary}, account ${run.account ?? "not confirmed"}`],
        ["Target", `${dr}, account ${run.account ?? "not confirmed"}`],
        ["Recovered data", recoveredSize(recoveryPoint)],
        ["Encryption", encryption(recoveryPoint)],
        ["Resources made in the target", String(resources.filter(({ region }) => region === dr).length)],
      ]),
    ],
  };
}

function recoveredSize({ sizeBytes, all }: Result["recoveryPoint"]): Cell {
  if (!all) return sizeBytes === undefined ? "size not known" : formatBytes(sizeBytes);
  const known = all.reduce((sum, point) => sum + (point.sizeBytes ?? 0), 0);
  return `${formatBytes(known)} in ${all.length} recovery points`;
}

function encryption({ encrypted, kmsKeyId, all = [] }: Result["recoveryPoint"]): Cell {
  const open = all.filter((point) => point.encrypted !== true).length;
  if (open > 0)
    return { text: `${open} of ${all.length} recovery points are not encrypted, or it is not known`, tone: "warn" };
  if (encrypted === undefined) return "not known";
  if (!encrypted) return "not encrypted";
  return kmsKeyId === undefined ? "encrypted" : { code: kmsKeyId };
}

export function objectivesSection({ objectives, drill, integrity, recoveryTime }: Result): Section {
  const intent = integrity.find(({ label }) => label === "Intent");
  const table = tableOf({
    caption: "Objectives",
    columns: columns("Objective", "#Target", "#Measured", "#Margin", "#Used", "Result"),
    all: objectives,
    most: 10,
    noun: "objective",
    row: (objective) => {
      const { targetMs, actualMs, atLeastMs, marginMs, usedFraction } = objective;
      const least = atLeastMs === undefined ? "not measured" : `more than ${formatDuration(atLeastMs)}`;
      const used = usedFraction === undefined ? "–" : `${Math.round(usedFraction * 100)} %`;
      return [
        objective.objective,
        formatBudget(targetMs),
        measured({ durationMs: actualMs, wallClock: objective.objective === "RTO" && recoveryTime?.wallClock }, least),
        durationOr(marginMs, "–"),
        used,
        metCell(objective),
      ];
    },
  });
  return {
    number: 4,
    title: "Objectives and success criteria",
    blocks: [
      tableOr(table, "The drill sets no objective."),
      {
        kind: "list",
        items: [
          drill.description,
          "Success is every step of verify passed and at least one check of the recovered data passed; without one the verdict is at best INCONCLUSIVE.",
          "The targets are those of the drill file named above, as its SHA-256 stood in the journal before the first call. An objective that used more than 80 % of its target is at risk.",
          ...(intent ? [`Pre-registered in the intent: ${intent.value}.`] : []),
        ],
      },
    ],
  };
}

export function reviewSection({ plan, review, run }: Result): Section {
  const self = plan.operator !== undefined && plan.operator === plan.reviewer;
  return {
    number: 15,
    title: "Review and approval",
    blocks: [
      facts("Review and approval", [
        ["Operator", provided(plan.operator)],
        ["Reviewer", provided(plan.reviewer)],
        ["Approver", provided(plan.approver)],
        ["Owner of what goes wrong", provided(plan.actionOwner)],
        ...(self
          ? [
              ["Independence", { text: "self-reviewed: operator and reviewer are the same", tone: "warn" }] as [
                Cell,
                Cell,
              ],
            ]
          : []),
        ...(review.length > 0 ? review.map(({ label, value }): [Cell, Cell] => [label, value]) : awaiting(run.id)),
      ]),
    ],
  };
}

function awaiting(runId: string): readonly [Cell, Cell][] {
  return [
    ["State", { text: "awaiting review", tone: "warn" }],
    ["Decision", NOT_PROVIDED],
    ["Date", NOT_PROVIDED],
    ["Comments", NOT_PROVIDED],
    ["Risk acceptance", NOT_PROVIDED],
    ["Where reviews are", "a signed statement beside the bundle's report; gameday report shows it"],
    ["Of run", { code: runId }],
  ];
}
