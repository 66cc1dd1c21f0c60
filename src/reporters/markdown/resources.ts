import { nameOf } from "../../engine/ledger.ts";
import type { RunRecord } from "../../engine/record.ts";
import type { LedgerEntry, ResourceState } from "../../engine/resource-kind.ts";
import { weightiest } from "../bounded.ts";
import type { Cell } from "./cell.ts";
import { omission } from "./section.ts";
import type { Section } from "./view-model.ts";

export interface ResourceRow {
  readonly kind: Cell;
  readonly id: Cell;
  readonly region: Cell;
  readonly step: Cell;
  readonly state: Cell;
}

const MOST_ROWS = 200;

const STATE_WORDS: Readonly<Record<ResourceState, string>> = {
  intended: "creation was begun, nothing more is known",
  created: "created, not destroyed",
  deleting: "deletion was asked for, not confirmed",
  deleted: "confirmed gone",
  leaked: "could not be destroyed",
  kept: "kept on purpose",
};

/** The ledger. Of very many: what may still exist first. */
export function resourceRows({ ledger }: Pick<RunRecord, "ledger">): Section<ResourceRow> {
  const { shown, hidden } = weightiest(ledger, MOST_ROWS, ({ state }) => (state === "deleted" ? 0 : 1));
  return { rows: shown.map(resourceRow), omitted: omission(hidden, "resource") };
}

/** What may still exist: every one of them, for each must be looked at. */
export function leftoverRows(leftovers: readonly LedgerEntry[]): Section<ResourceRow> {
  return { rows: leftovers.map(resourceRow), omitted: "" };
}

function resourceRow(entry: LedgerEntry): ResourceRow {
  const { kind, region, step, state, reason } = entry;
  return {
    kind: { code: kind },
    id: { code: nameOf(entry) },
    region,
    step: { code: step },
    state: `${STATE_WORDS[state]}${reason === undefined ? "" : `: ${reason}`}`,
  };
}
