/** What matters to us of a Terraform CLI configuration (`.terraformrc`, `.tofurc`). */
export interface CliConfig {
  readonly pluginCacheDir?: string;
  /** Undefined when the file has no `provider_installation` block: Terraform then looks in its implied places. */
  readonly installation?: {
    /** Paths of `filesystem_mirror` blocks, in order. */
    readonly mirrors: readonly string[];
    /** URLs of `network_mirror` blocks. */
    readonly networkMirrors: readonly string[];
    /** `dev_overrides`: source address → path. */
    readonly overrides: Readonly<Record<string, string>>;
    /** The `exclude` list of the `direct` block; undefined when there is no such block. */
    readonly direct?: readonly string[];
  };
}

/** Reads a CLI configuration leniently: whatever cannot be understood is passed over, as Terraform itself will complain about it. */
export function parseCliConfig(text: string): CliConfig {
  const root = parseBody(tokens(text), { at: 0, depth: 0 });
  const cache = root.attributes.get("plugin_cache_dir");
  const installation = root.blocks.find((block) => block.type === "provider_installation")?.body;
  return {
    ...(typeof cache === "string" && { pluginCacheDir: cache }),
    ...(installation && { installation: readInstallation(installation) }),
  };
}

/**
 * A CLI configuration that adds mirrors to the user's own text. Providers that a mirror has are not asked for anywhere else:
 * without a network, asking would fail the whole `init`.
 */
export function cliConfigText(
  own: string,
  mirrors: readonly { readonly path: string; readonly providers: readonly string[] }[],
): string {
  if (mirrors.length === 0) return own;
  const providers = [...new Set(mirrors.flatMap((mirror) => mirror.providers))];
  const blocks = mirrors.map(
    ({ path, providers: include }) =>
      `  filesystem_mirror {\n    path    = ${quote(path)}\n    include = ${list(include)}\n  }`,
  );
  const direct = `  direct {\n    exclude = ${list(providers)}\n  }`;
  const installation = ["provider_installation {", ...blocks, direct, "}", ""].join("\n");
  return own.trim() === "" ? installation : `${own.trimEnd()}\n\n${installation}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function list(items: readonly string[]): string {
  return `[${items.map(quote).join(", ")}]`;
}

interface Body {
  readonly attributes: Map<string, string | readonly string[]>;
  readonly blocks: Block[];
}

export interface Block {
  readonly type: string;
  /** `app.terraform.io` in `credentials "app.terraform.io" { … }`. */
  readonly label: string | undefined;
  readonly body: Body;
  /** Where it stands in the text. */
  readonly from: number;
  readonly to: number;
}

/** The blocks that stand in no other one. */
export function outerBlocks(text: string): readonly Block[] {
  return parseBody(tokens(text), { at: 0, depth: 0 }).blocks;
}

function readInstallation(body: Body): NonNullable<CliConfig["installation"]> {
  const of = (type: string) => body.blocks.filter((block) => block.type === type).map((block) => block.body);
  const texts = (type: string, name: string) =>
    of(type).flatMap((each) => [each.attributes.get(name)].filter((value) => typeof value === "string"));
  const overrides = of("dev_overrides").flatMap((each) => [...each.attributes]);
  const direct = of("direct")[0];
  const exclude = direct?.attributes.get("exclude");
  return {
    mirrors: texts("filesystem_mirror", "path"),
    networkMirrors: texts("network_mirror", "url"),
    overrides: Object.fromEntries(overrides.filter((pair): pair is [string, string] => typeof pair[1] === "string")),
    ...(direct && { direct: Array.isArray(exclude) ? exclude : [] }),
  };
}

interface Token {
  readonly kind: "text" | "name" | "mark";
  readonly value: string;
  /** Offsets in the text. */
  readonly from: number;
  readonly to: number;
}

const TOKEN = /(?:#|\/\/)[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"((?:[^"\\\n]|\\.)*)"|([A-Za-z_][\w./-]*)|([{}[\]=,])/g;

function tokens(text: string): readonly Token[] {
  return [...text.matchAll(TOKEN)].flatMap(({ 0: all, 1: quoted, 2: name, 3: mark, index: from }): Token[] => {
    const place = { from, to: from + all.length };
    if (quoted !== undefined) return [{ kind: "text", value: unescape(quoted), ...place }];
    if (name !== undefined) return [{ kind: "name", value: name, ...place }];
    return mark === undefined ? [] : [{ kind: "mark", value: mark, ...place }];
  });
}

function unescape(quoted: string): string {
  return quoted.replace(/\\(.)/g, (_all, letter: string) => ({ n: "\n", t: "\t", r: "\r" })[letter] ?? letter);
}

const DEEPEST = 20;

interface Cursor {
  at: number;
  readonly depth: number;
}

/** Reads `name = value` and `name "label" { … }` up to the closing brace. */
function parseBody(all: readonly Token[], cursor: Cursor): Body {
  const body: Body = { attributes: new Map(), blocks: [] };
  for (let token = all[cursor.at]; token !== undefined; token = all[cursor.at]) {
    cursor.at++;
    if (token.value === "}" && token.kind === "mark") return body;
    if (token.kind === "mark") continue;
    const label = all[cursor.at]?.kind === "text" ? all[cursor.at]?.value : undefined;
    while (all[cursor.at]?.kind === "text") cursor.at++;
    const next = all[cursor.at];
    if (next?.kind === "mark" && next.value === "=") {
      cursor.at++;
      readAttribute(all, cursor, { body, token });
    } else if (next?.kind === "mark" && next.value === "{" && cursor.depth < DEEPEST) {
      readBlock(all, cursor, { body, token, label });
    }
  }
  return body;
}

interface Target {
  readonly body: Body;
  /** The name that begins it. */
  readonly token: Token;
  readonly label?: string | undefined;
}

function readBlock(all: readonly Token[], cursor: Cursor, { body, token, label }: Target): void {
  const inner = { at: cursor.at + 1, depth: cursor.depth + 1 };
  const inside = parseBody(all, inner);
  const to = all[inner.at - 1]?.to ?? token.to;
  body.blocks.push({ type: token.value, label, body: inside, from: token.from, to });
  cursor.at = inner.at;
}

function readAttribute(all: readonly Token[], cursor: Cursor, { body, token: named }: Target): void {
  const token = all[cursor.at];
  if (token?.kind === "text") {
    body.attributes.set(named.value, token.value);
    cursor.at++;
  } else if (token?.value === "[") {
    const end = all.findIndex((each, index) => index > cursor.at && each.kind === "mark" && each.value === "]");
    const items = all.slice(cursor.at + 1, end < 0 ? all.length : end).filter((each) => each.kind === "text");
    body.attributes.set(
      named.value,
      items.map((each) => each.value),
    );
    cursor.at = end < 0 ? all.length : end + 1;
  } else if (token?.value === "{" && cursor.depth < DEEPEST) {
    readBlock(all, cursor, { body, token: named });
  }
}
