/**
 * One word of a POSIX shell that stands for exactly `text`, whatever is in it (POSIX.1-2017 Shell 2.2.2: inside single quotes
 * nothing is special but the single quote itself).
 * @throws RangeError for NUL, which no shell word can hold.
 */
export function shellQuote(text: string): string {
  if (text.includes("\0")) throw new RangeError("a shell word cannot hold NUL");
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
