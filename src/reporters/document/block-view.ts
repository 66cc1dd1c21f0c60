import type { Block, Cell, ReportDocument, Table } from "./document.ts";

/** A block with every member that a template might ask for: templates are strict and ask for all of them. */
export type BlockView = Readonly<Record<(typeof MEMBERS)[number], unknown>>;

const MEMBERS = [
  "heading",
  "text",
  "note",
  "tone",
  "label",
  "items",
  "facts",
  "caption",
  "table",
  "commands",
  "timelines",
  "trend",
] as const;

const NOTHING = Object.fromEntries(MEMBERS.map((member) => [member, null])) as BlockView;

export interface SectionView {
  readonly number: string;
  readonly title: string;
  /** For links inside of the report. */
  readonly anchor: string;
  readonly blocks: readonly BlockView[];
}

export interface DocumentView extends Omit<ReportDocument, "sections"> {
  readonly sections: readonly SectionView[];
}

export function documentView(document: ReportDocument): DocumentView {
  return {
    ...document,
    sections: document.sections.map(({ number, title, blocks }) => ({
      number: number === undefined ? "" : String(number),
      title,
      anchor: number === undefined ? "appendix" : `section-${number}`,
      blocks: blocks.map(blockView),
    })),
  };
}

function blockView(block: Block): BlockView {
  return block.kind === "table" ? { ...NOTHING, table: tableView(block.table) } : { ...NOTHING, ...block };
}

/** The classes of a cell tell whether its column is of numbers, and whether it needs room for words. */
function tableView({ columns, rows, ...table }: Table): object {
  const cells = (row: readonly Cell[]) =>
    row.map((value, index) => {
      const classes = [columns[index]?.numeric && "number", isWordy(value) && "wordy"].filter(Boolean).join(" ");
      return { value, classes };
    });
  return { ...table, columns, rows: rows.map(cells) };
}

const WORDY = 20;

function isWordy(cell: Cell): boolean {
  if (typeof cell === "string") return cell.length > WORDY;
  return "text" in cell && cell.text.length > WORDY;
}
