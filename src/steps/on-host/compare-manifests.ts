/** How two manifests differ, file by file. */
export interface ManifestDifference {
  readonly differing: readonly string[];
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

const SHA256_DIGITS = 64;
const SHOWN = 20;
const LONGEST_NAME = 200;

export function compareManifests(expected: string, actual: string): ManifestDifference {
  const [wanted, found] = [hashesByPath(expected), hashesByPath(actual)];
  const both = [...wanted.keys()].filter((path) => found.has(path));
  return {
    differing: both.filter((path) => wanted.get(path) !== found.get(path)),
    missing: [...wanted.keys()].filter((path) => !found.has(path)),
    extra: [...found.keys()].filter((path) => !wanted.has(path)),
  };
}

/** `sha256sum` lines: 64 digits, two characters, the path; a leading backslash says that the path is escaped. */
function hashesByPath(lines: string): Map<string, string> {
  const byPath = new Map<string, string>();
  for (const line of lines.split("\n")) {
    if (line === "") continue;
    const plain = line.startsWith("\\") ? line.slice(1) : line;
    byPath.set(plain.slice(SHA256_DIGITS + 2), plain.slice(0, SHA256_DIGITS));
  }
  return byPath;
}

/** The first differences, one a line, for people. */
export function describeDifference({ differing, missing, extra }: ManifestDifference): readonly string[] {
  const lines = [
    ...differing.map((path) => `differs: ${printable(path)}`),
    ...missing.map((path) => `missing: ${printable(path)}`),
    ...extra.map((path) => `extra: ${printable(path)}`),
  ];
  return lines.length > SHOWN ? [...lines.slice(0, SHOWN), `… and ${lines.length - SHOWN} more`] : lines;
}

/** File names are somebody else's text: control characters and those that turn the writing direction. */
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function printable(path: string): string {
  return path.replace(UNPRINTABLE, "\ufffd").slice(0, LONGEST_NAME);
}
