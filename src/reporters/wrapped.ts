/** What somebody will copy: a break inside would break it. */
const COPIED = /^\s*(next |report: )/;

/** A line as lines of at most so many characters, broken between words; those after the first are indented by two more. */
export function wrapped(line: string, columns: number): readonly string[] {
  if (line.length <= columns || COPIED.test(line)) return [line];
  const indent = /^ */.exec(line)?.[0] ?? "";
  const lines: string[] = [];
  let current = indent;
  let empty = true;
  for (const word of line.trim().split(" ")) {
    if (!empty && current.length + 1 + word.length > columns) {
      lines.push(current);
      current = `${indent}  `;
      empty = true;
    }
    current += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, current];
}
