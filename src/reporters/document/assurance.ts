import type { Result } from "../../evidence/result/result.ts";
import { bounded, weightiest } from "../bounded.ts";
import { counted, grouped } from "../wording.ts";
import { codeOr, columns, facts, NOT_PROVIDED, omission, provided, tableOf, tableOr } from "./cells.ts";
import type { Block, Cell, Section, Tone } from "./document.ts";
import { resourceCounts } from "./verdict.ts";

const SEVERITY_TONES = { critical: "bad", warning: "warn", info: "muted" } as const satisfies Record<string, Tone>;

export function deviationsSection({ deviations }: Result): Section {
  const table = tableOf({
    caption: "Deviations, findings and actions",
    columns: columns("Id", "Severity", "What", "Action", "Owner", "Due", "Status"),
    all: deviations,
    most: 100,
    noun: "deviation",
    row: ({ id, severity, code, description, affects, action, fixer, owner, due, status }) => [
      codeOr(id, id),
      { text: severity, tone: SEVERITY_TONES[severity] },
      `${description} [${code}]${affects === undefined ? "" : `, concerns ${affects}`}`,
      action === undefined ? NOT_PROVIDED : `${action}${fixer === undefined ? "" : ` (${fixer})`}`,
      provided(owner),
      codeOr(due, NOT_PROVIDED),
      status,
    ],
  });
  return { number: 10, title: "Deviations, findings and actions", blocks: [tableOr(table, "None.")] };
}

export function controlsSection({ controls, evidenceClass }: Result): Section {
  const table = tableOf({
    caption: "Controls",
    columns: columns("Control", "Meaning", "Strength", "Artefact", "State"),
    all: controls,
    most: 200,
    noun: "control",
    row: ({ control, meaning = "–", strength = "–", artefact = "–", state }) => [
      { code: control },
      meaning,
      strength,
      artefact,
      state,
    ],
  });
  const simulated: Block = {
    kind: "note",
    tone: "warn",
    label: "Simulated",
    note: "A rehearsal is evidence of no control.",
  };
  return {
    number: 12,
    title: "Control mapping",
    blocks: [
      ...(evidenceClass === "emulated" ? [simulated] : []),
      tableOr(table, "The drill names no control."),
      { kind: "text", text: "A row says what this run is evidence for. It certifies nothing." },
    ],
  };
}

const MOST_RESOURCES = 200;

const STATE_WORDS: Readonly<Record<Result["resources"][number]["state"], Cell>> = {
  intended: { text: "creation was begun, nothing more is known", tone: "bad" },
  created: { text: "created, not destroyed", tone: "bad" },
  deleting: { text: "deletion was asked for, not confirmed", tone: "bad" },
  deleted: { text: "confirmed gone", tone: "good" },
  leaked: { text: "could not be destroyed", tone: "bad" },
  kept: { text: "kept on purpose", tone: "muted" },
};

/** What Terraform's own state says; KMS deletes keys 7 to 30 days after they are scheduled for deletion. */
const STACK_GONE: Cell = {
  text: "destroyed: Terraform's state is empty; a KMS key in it is pending deletion until its waiting period ends",
  tone: "good",
};

export function safetySection(result: Result): Section {
  const { resources, run, notSeen = [] } = result;
  const { shown, hidden } = weightiest(resources, MOST_RESOURCES, ({ mayRemain }) => (mayRemain ? 1 : 0));
  const rows = shown.map(resourceRow);
  const counts = resourceCounts(result);
  const { primary, primaryLost } = run.regions;
  const refused = `calls to ${primary} ${primaryLost ? "are refused from recover on" : "stay allowed"}`;
  return {
    number: 13,
    title: "Safety and teardown",
    blocks: [
      facts("Guardrails", [
        [
          "Account",
          run.account === undefined
            ? "the guard refused the run, or was not reached"
            : "confirmed to be one the drill allows, before the first call that changes anything",
        ],
        ["Lost Region", refused],
        [
          "Destroyed",
          "only what this run's ledger or tag names, and what carries the mark of a policy that the run made; each looked for again afterwards",
        ],
        ["Made", counted(counts.seen, "resource")],
        ["Confirmed gone", counted(counts.gone, "resource")],
        ["Announced, not seen", notSeen.length === 0 ? undefined : notSeenWords(notSeen)],
        ["May remain", counted(resources.filter(({ mayRemain }) => mayRemain).length, "resource")],
        ["Cost", NOT_PROVIDED],
      ]),
      tableOr(
        {
          caption: "Resources made and destroyed",
          columns: columns("Kind", "Id", "Region", "Made by step", "State"),
          rows,
          omitted: omission(hidden, "resource"),
        },
        "No resource was made.",
      ),
    ],
  };
}

type Resource = Result["resources"][number];

function resourceRow(resource: Resource): readonly Cell[] {
  const { kind, id, region, step, madeBy, standsFor } = resource;
  const by: Cell = madeBy === undefined || standsFor !== undefined ? { code: step } : `${step}: ${madeBy}`;
  return [{ code: kind }, standsFor === undefined ? { code: id } : id, region, by, stateCell(resource)];
}

function stateCell({ kind, state, reason, standsFor, neverMade, found = 0 }: Resource): Cell {
  if (neverMade) return "never made: looked for, not there";
  if (standsFor !== undefined && state === "deleted")
    return found === 0
      ? "not seen: looked for when it was gone, none found"
      : { text: `looked for when it was gone: ${found} found, each listed here`, tone: "good" };
  const word = kind === "terraform.stack" && state === "deleted" ? STACK_GONE : STATE_WORDS[state];
  return reason === undefined ? word : `${textOf(word)}: ${reason}`;
}

/** What the plan promised to destroy and nobody has seen is not told to be gone. */
function notSeenWords(notSeen: NonNullable<Result["notSeen"]>): Cell {
  const names = bounded(
    notSeen.map(({ step, kind }) => `${kind} by ${step}`),
    MOST_NOT_SEEN,
  );
  const more = names.hidden === 0 ? "" : ` and ${names.hidden} more`;
  return notSeen.every(({ looked }) => looked)
    ? `${names.shown.join(", ")}${more}: looked for by the run's tag, none found`
    : { text: `${names.shown.join(", ")}${more}: could not be looked for everywhere`, tone: "warn" };
}

const MOST_NOT_SEEN = 10;

function textOf(cell: Cell): string {
  return typeof cell === "object" && "text" in cell ? cell.text : "";
}

export function appendix({ calls, steps }: Result): Section {
  const table = tableOf({
    caption: "AWS calls",
    columns: columns("Operation", "Region", "#Calls", "#Errors", "#SDK retries", "#Request ids"),
    all: calls,
    most: 60,
    noun: "operation",
    row: ({ service, operation, region, count, errors, retries, withRequestId }) => [
      { code: `${service}:${operation}` },
      region,
      grouped(count),
      grouped(errors),
      grouped(retries),
      grouped(withRequestId),
    ],
  });
  return {
    title: "Appendix",
    blocks: [
      { kind: "heading", heading: "AWS calls" },
      { kind: "text", text: callSummary(calls) },
      ...(steps.some(({ uses, status }) => uses.startsWith("terraform.") && status !== "not executed")
        ? [TERRAFORMS_OWN]
        : []),
      ...(calls.length === 0 ? [] : [{ kind: "table", table } as const]),
      { kind: "heading", heading: "Glossary" },
      facts("Glossary", [
        ["RTO, RPO", "Recovery time and recovery point objective: what was to be reached."],
        ["RTA, RPA", "Recovery time and recovery point actual: what was measured."],
        ["T0 to T3", "Disaster declared; first step of the recovery; data available; success criteria verified."],
        [
          "Hydrated",
          "A volume made from a snapshot loads its blocks when they are first read; hydrated is when all have been.",
        ],
        [
          "Worst-case RPO",
          "The longest time for which the newest data had no usable recovery point, over those that were looked back on.",
        ],
      ]),
    ],
  };
}

const TERRAFORMS_OWN: Block = {
  kind: "text",
  text: "Counted are gameday's own calls. Terraform makes its calls itself: they are not counted here; CloudTrail has them.",
};

function callSummary(calls: Result["calls"]): string {
  const sum = (of: (count: Result["calls"][number]) => number) => calls.reduce((total, count) => total + of(count), 0);
  const total = sum(({ count }) => count);
  if (total === 0) return "No AWS call was journaled.";
  return `${counted(total, "call")} of ${counted(calls.length, "operation")}; ${grouped(sum(({ withRequestId }) => withRequestId))} with a request id, each of them in the journal.`;
}
