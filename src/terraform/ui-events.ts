import * as z from "zod";

const range = z.object({ filename: z.string(), start: z.object({ line: z.number() }) });
const snippet = z.object({ code: z.string(), context: z.string().nullish() });

const diagnostic = z.object({
  severity: z.string(),
  summary: z.string(),
  detail: z.string().default(""),
  address: z.string().optional(),
  range: range.optional().catch(undefined),
  snippet: snippet.optional().catch(undefined),
});
export type Diagnostic = z.output<typeof diagnostic>;

const common = { "@message": z.string().default(""), "@timestamp": z.string().default("") };

const hookEvent = z.object({
  ...common,
  type: z.enum(["apply_start", "apply_progress", "apply_complete", "apply_errored"]),
  hook: z.object({ resource: z.object({ addr: z.string() }), action: z.string().default("") }),
});
export type HookEvent = z.output<typeof hookEvent>;

const uiEvent = z.discriminatedUnion("type", [
  z.object({ ...common, type: z.literal("version"), ui: z.string() }),
  z.object({
    ...common,
    type: z.literal("change_summary"),
    changes: z.object({ add: z.number(), change: z.number(), remove: z.number(), operation: z.string() }),
  }),
  z.object({
    ...common,
    type: z.literal("outputs"),
    outputs: z.record(
      z.string(),
      z.object({ sensitive: z.boolean().default(false), action: z.string().optional(), value: z.unknown().optional() }),
    ),
  }),
  z.object({ ...common, type: z.literal("diagnostic"), diagnostic }),
  hookEvent,
]);

/** A line of `terraform … -json` that matters to us, in Terraform's own field names. */
export type UiEvent = z.output<typeof uiEvent>;

/**
 * Reads one line of the machine-readable UI (`"ui": "1.x"`). `other`: a type we have no use for, or a malformed one.
 * `text`: no line of the UI at all, such as a crash report.
 */
export function parseUiLine(line: string): UiEvent | "other" | "text" {
  const data = line.startsWith("{") ? parseJson(line) : undefined;
  if (typeof data !== "object" || data === null || !("type" in data)) return "text";
  return uiEvent.safeParse(data).data ?? "other";
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
