import { shellQuote } from "./quote.ts";

/** A script for a host: what it is told as data, and the POSIX sh that works with it. */
export interface HostScript {
  /** Shell variables, set before the body. Names are capitals and underscores. */
  readonly values: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sixteen hex digits that nobody can guess. */
export function newNonce(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex");
}

const VARIABLE = /^[A-Z][A-Z_]*$/;

/**
 * The script as it is sent. `ROOT` is empty on a real host; elsewhere it is the folder that stands in for the host's tree.
 * What the script tells is marked with a nonce, so that nothing else on its output can be taken for it: `tell key value`,
 * `fail code` or `fail code detail`, and a last line without which the output is cut off and worth nothing.
 */
export function renderScript({ values, body }: HostScript, nonce: string): string {
  const assignments = Object.entries(values).map(([name, value]) => {
    if (!VARIABLE.test(name)) throw new RangeError(`${name} is no name for a variable`);
    return `${name}=${shellQuote(value)}`;
  });
  return `ROOT="\${INSTANCE_ROOT:-}"
set -eu
umask 077
LC_ALL=C
export LC_ALL
NONCE=${shellQuote(nonce)}
${assignments.join("\n")}
tell() { printf 'gameday-%s %s=%s\\n' "$NONCE" "$1" "$2"; }
fail() { [ -z "\${2:-}" ] || tell detail "$2"; tell error "$1"; exit 1; }
${body.trim()}
tell end ok
`;
}

/** What a script told, by key. */
export function readTold(stdout: string, nonce: string): ReadonlyMap<string, string> {
  const prefix = `gameday-${nonce} `;
  const told = new Map<string, string>();
  for (const line of stdout.split("\n")) {
    const at = line.indexOf("=");
    if (line.startsWith(prefix) && at > 0) told.set(line.slice(prefix.length, at), line.slice(at + 1));
  }
  return told;
}
