/** An argument or block of a configuration in HCL, and the blocks it stands in, outermost first: `["provider aws"]`. */
export interface HclMember {
  readonly within: readonly string[];
  readonly name: string;
  /** The text of the value where that is one quoted string. */
  readonly text?: string;
}

const WORD = /[A-Za-z_][\w-]*/y;
const COMMENT = /(?:#|\/\/)[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;
const HEREDOC = /<<-?([\w-]+)[ \t]*\r?\n(?:[\s\S]*?\n)?[ \t]*\1(?![\w-])/y;

/**
 * Every argument and block of a configuration. Read leniently: Terraform itself complains of what is no HCL. A block is called by its
 * type and last label; what a `dynamic` block makes, by the block that it makes.
 */
export function hclMembers(source: string): readonly HclMember[] {
  const tokens = tokensOf(source);
  const members: HclMember[] = [];
  const open: string[] = [];
  for (const [index, token] of tokens.entries()) {
    const [before = "", next] = [tokens[index - 1], tokens[index + 1]];
    if (token === "{") open.push(opener(tokens, index));
    else if (token === "}") open.pop();
    else if (before === "dynamic") members.push({ within: [...open], name: unquoted(token) });
    else if (isNamed(next, tokens[index + 2], open)) members.push(member(open, tokens, index));
  }
  return members;
}

/** `a = …`, `a {`, and in an object `a : …`; `a == b` compares, and outside of objects a colon belongs to `c ? a : b`. */
function isNamed(next: string | undefined, following: string | undefined, open: readonly string[]): boolean {
  return (next === "=" && following !== "=") || next === "{" || (next === ":" && open.length > 1);
}

function member(open: readonly string[], tokens: readonly string[], index: number): HclMember {
  const [name = "", , value = ""] = tokens.slice(index, index + 3);
  return { within: [...open], name: unquoted(name), ...(isQuoted(value) ? { text: unquoted(value) } : {}) };
}

/** What a brace opens: `provider aws`, the name of an argument whose value is an object, the type of a block without labels. */
function opener(tokens: readonly string[], index: number): string {
  const [type = "", label = ""] = tokens.slice(Math.max(0, index - 2), index);
  if (label === "=" || label === ":") return unquoted(type);
  if (isQuoted(label) || type === "provider") return `${type} ${unquoted(label)}`;
  return label;
}

/** Words, quoted strings and single characters; no comments, no blanks, and of a here-document only that there is one. */
function tokensOf(source: string): readonly string[] {
  const tokens: string[] = [];
  for (let at = 0; at < source.length;) {
    const comment = match(COMMENT, source, at);
    const heredoc = match(HEREDOC, source, at);
    const end =
      comment ?? heredoc ?? match(WORD, source, at) ?? (source[at] === '"' ? endOfString(source, at) : at + 1);
    const token = heredoc === undefined ? source.slice(at, end) : "<<";
    if (comment === undefined && token.trim() !== "") tokens.push(token);
    at = end;
  }
  return tokens;
}

/** Where a match that begins at `at` ends. */
function match(pattern: RegExp, source: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : undefined;
}

/** The place after a quoted string, whose `${…}` and `%{…}` may hold strings and braces of their own. */
function endOfString(source: string, from: number): number {
  const within: ("string" | "braces")[] = ["string"];
  for (let at = from + 1; at < source.length; at++) {
    const character = source[at];
    const innermost = within.at(-1);
    if (innermost === "string") {
      if (character === "\\") at++;
      else if (/^(?:\$\$|%%)\{/.test(source.slice(at, at + 3))) at += 2;
      else if (/^[$%]\{/.test(source.slice(at, at + 2))) {
        within.push("braces");
        at++;
      } else if (character === '"') within.pop();
      if (within.length === 0) return at + 1;
    } else if (character === '"') within.push("string");
    else if (character === "{") within.push("braces");
    else if (character === "}") within.pop();
  }
  return source.length;
}

function isQuoted(token: string): boolean {
  return token.startsWith('"');
}

function unquoted(token: string): string {
  return isQuoted(token) ? token.slice(1, -1) : token;
}
