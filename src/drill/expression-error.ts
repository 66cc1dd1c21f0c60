/** A half-open range of UTF-16 offsets. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

export interface ExpressionErrorDetails {
  /** Stable, kebab-case: `no-such-key`, `wrong-type`, `expression-syntax`, `value-too-large`, … */
  readonly code: string;
  /** One line, without the expression itself. */
  readonly message: string;
  /** What would be right. */
  readonly hint?: string;
  /** The whole string that holds the expression. */
  readonly template: string;
  /** Where in `template` it went wrong. */
  readonly range: TextRange;
  readonly cause?: unknown;
}

/** An expression that cannot be parsed or evaluated, or yields what cannot stand where it is used. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  readonly code: string;
  readonly hint: string | undefined;
  readonly template: string;
  readonly range: TextRange;

  constructor(details: ExpressionErrorDetails) {
    super(details.message, { cause: details.cause });
    this.code = details.code;
    this.hint = details.hint;
    this.template = details.template;
    this.range = details.range;
  }

  /** The line of the template with a caret line below it, then the hint: plain text, not escaped for a terminal. */
  get caret(): readonly string[] {
    const lineStart = this.template.lastIndexOf("\n", this.range.start - 1) + 1;
    const nextBreak = this.template.indexOf("\n", this.range.start);
    const lineEnd = nextBreak === -1 ? this.template.length : nextBreak;
    const line = this.template.slice(lineStart, lineEnd);
    const before = line.slice(0, this.range.start - lineStart).replace(/[^\t]/gu, " ");
    const width = Math.max(1, Math.min(this.range.end, lineEnd) - this.range.start);
    const lines = [line, before + "^".repeat(width)];
    return this.hint === undefined ? lines : [...lines, this.hint];
  }
}
