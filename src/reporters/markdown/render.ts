import type { RunRecord } from "../../engine/record.ts";
import { renderCell, type Cell } from "./cell.ts";
import { ganttLine } from "./escape.ts";
import { readTemplate } from "./template.ts";
import { reportView, type ReportView } from "./view-model.ts";

/** The report of any record: of a run that passed, was refused, aborted, or cut off at any event. */
export async function renderMarkdown(record: RunRecord): Promise<string> {
  const render = await compiled();
  return tidy(render(reportView(record)));
}

let template: Promise<(view: ReportView) => string> | undefined;

function compiled(): Promise<(view: ReportView) => string> {
  template ??= compile();
  return template;
}

/** Handlebars takes some 50 ms to load, and only a report needs it. */
async function compile(): Promise<(view: ReportView) => string> {
  const [{ default: handlebars }, text] = await Promise.all([import("handlebars"), readTemplate("report.md.hbs")]);
  const own = handlebars.create();
  own.registerHelper("cell", (cell: Cell) => new own.SafeString(renderCell(cell)));
  own.registerHelper("gantt", (line: string) => new own.SafeString(ganttLine(line)));
  return own.compile<ReportView>(text, {
    strict: true,
    knownHelpers: { cell: true, gantt: true },
    knownHelpersOnly: true,
  });
}

/** Sections that are left out leave empty lines behind. */
function tidy(markdown: string): string {
  return `${markdown.replace(/\n{3,}/g, "\n\n").trim()}\n`;
}
