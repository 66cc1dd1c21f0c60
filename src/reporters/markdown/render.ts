import type { Result } from "../../evidence/result/result.ts";
import { documentView, type DocumentView } from "../document/block-view.ts";
import type { Cell } from "../document/document.ts";
import { documentOf } from "../document/document-of.ts";
import type { Timeline } from "../document/timeline.ts";
import { readTemplate } from "../read-template.ts";
import { renderCell } from "./cell.ts";
import { ganttLine } from "./escape.ts";
import { ganttOf } from "./gantt.ts";

/** The report of any run: of one that passed, was refused, aborted, or cut off at any event. */
export async function renderMarkdown(result: Result): Promise<string> {
  const render = await compiled();
  return tidy(render(documentView(documentOf(result))));
}

let template: Promise<(view: DocumentView) => string> | undefined;

function compiled(): Promise<(view: DocumentView) => string> {
  template ??= compile();
  return template;
}

/** Handlebars takes some 50 ms to load, and only a report needs it. */
async function compile(): Promise<(view: DocumentView) => string> {
  const [{ default: handlebars }, text] = await Promise.all([import("handlebars"), readTemplate("report.md.hbs")]);
  const own = handlebars.create();
  own.registerHelper("cell", (cell: Cell) => new own.SafeString(renderCell(cell)));
  own.registerHelper("gantt", (timeline: Timeline) => {
    return new own.SafeString(ganttOf(timeline).map(ganttLine).join("\n"));
  });
  own.registerHelper("rule", (numeric: boolean) => (numeric ? "---:" : "---"));
  return own.compile<DocumentView>(text, {
    strict: true,
    knownHelpers: { cell: true, gantt: true, rule: true },
    knownHelpersOnly: true,
  });
}

/** Parts that are left out leave empty lines behind. */
function tidy(markdown: string): string {
  return `${markdown.replace(/\n{3,}/g, "\n\n").trim()}\n`;
}
