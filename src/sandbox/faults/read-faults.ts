import { LineCounter, parseDocument, type Document } from "yaml";
import { faultFileSchema, type FaultFile } from "./fault.ts";

/** A file of faults that cannot be used, with every problem and its place. */
export class FaultFileError extends Error {
  override readonly name = "FaultFileError";
  /** `faults.yaml:3:5: faults.0.times: Invalid input` */
  readonly problems: readonly string[];
  constructor(path: string, problems: readonly string[]) {
    super(`${path} declares no faults that could be injected`);
    this.problems = problems;
  }
}

/** The longest file that is read: YAML is parsed in more than linear time. */
export const LONGEST_FAULT_FILE = 64 * 1024;

/** Reads a file of faults; JSON is YAML. `path` is for the problems. @throws FaultFileError with all of them. */
export function readFaults(path: string, text: string): FaultFile {
  if (text.length > LONGEST_FAULT_FILE)
    throw new FaultFileError(path, [`${path}: longer than ${LONGEST_FAULT_FILE} characters`]);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    lineCounter: lines,
    prettyErrors: false,
  });
  const at = (offset: number) => `${path}:${lines.linePos(offset).line}:${lines.linePos(offset).col}`;
  if (document.errors.length > 0)
    throw new FaultFileError(
      path,
      document.errors.slice(0, 10).map(({ pos, message }) => `${at(pos[0])}: ${message}`),
    );
  const parsed = faultFileSchema.safeParse(plainValue(path, document));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${at(offsetOf(document, issue.path))}: ${issue.path.map(String).join(".")}: ${issue.message}`,
    );
    throw new FaultFileError(path, problems);
  }
  return uniquelyNamed(path, parsed.data);
}

function plainValue(path: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 }) as unknown;
  } catch (error) {
    throw new FaultFileError(path, [`${path}: ${(error as Error).message}`]);
  }
}

/** Of the nearest node on the way to a problem. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: readonly [number, ...number[]] } | undefined;
    if (node?.range) return node.range[0];
  }
  return document.range?.[0] ?? 0;
}

function uniquelyNamed(path: string, file: FaultFile): FaultFile {
  const names = file.faults.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length === 0) return file;
  throw new FaultFileError(
    path,
    [...new Set(twice)].map((name) => `${path}: more than one fault is called ${name}`),
  );
}
