import type { Result } from "../../evidence/result/result.ts";
import { clipped } from "../clipped.ts";
import { documentView, type DocumentView } from "../document/block-view.ts";
import type { Cell } from "../document/document.ts";
import { documentOf } from "../document/document-of.ts";
import type { Timeline } from "../document/timeline.ts";
import type { Trend } from "../document/trend.ts";
import { readTemplate } from "../read-template.ts";
import { escapeHtml } from "./escape.ts";
import { gaugeSvg } from "./gauge-svg.ts";
import { timelineSvg } from "./timeline-svg.ts";
import { trendSvg } from "./trend-svg.ts";

/** One file that needs nothing else: no script, no font, no picture from anywhere. */
export async function renderHtml(result: Result): Promise<string> {
  const render = await compiled();
  return `${render(documentView(documentOf(result)))
    .replace(/\n\s*\n+/g, "\n")
    .trim()}\n`;
}

/** Kept on one line. */
const INSTANT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/;

export function cellHtml(cell: Cell): string {
  if (typeof cell === "string") return INSTANT.test(cell) ? `<time>${cell}</time>` : escapeHtml(clipped(cell));
  if ("code" in cell) return cell.code === "" ? "" : `<code>${escapeHtml(clipped(cell.code))}</code>`;
  return `<span class="tone ${cell.tone}">${escapeHtml(clipped(cell.text))}</span>`;
}

let template: Promise<(view: DocumentView) => string> | undefined;

function compiled(): Promise<(view: DocumentView) => string> {
  template ??= compile();
  return template;
}

async function compile(): Promise<(view: DocumentView) => string> {
  const [{ default: handlebars }, text, css] = await Promise.all([
    import("handlebars"),
    readTemplate("report.html.hbs"),
    readTemplate("report.css"),
  ]);
  const own = handlebars.create();
  const html =
    <T>(render: (value: T) => string) =>
    (value: T) =>
      new own.SafeString(render(value));
  own.registerHelper("cell", html(cellHtml));
  own.registerHelper(
    "plain",
    html((value: string) => escapeHtml(clipped(value))),
  );
  own.registerHelper(
    "timeline",
    html((timeline: Timeline) => timelineSvg(timeline)),
  );
  own.registerHelper(
    "trend",
    html((trend: Trend) => trendSvg(trend)),
  );
  own.registerHelper("gauge", html(gaugeSvg));
  own.registerHelper("css", () => new own.SafeString(css));
  const knownHelpers = { cell: true, plain: true, timeline: true, trend: true, gauge: true, css: true };
  return own.compile<DocumentView>(text, { strict: true, knownHelpers, knownHelpersOnly: true });
}
