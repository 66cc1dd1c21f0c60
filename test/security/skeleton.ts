/**
 * The structure of a rendered text: what is left of it when the words are taken away. A text that came from outside and is inert
 * leaves the structure as a harmless one does.
 */
export const SKELETONS = {
  markdown: markdownSkeleton,
  github: markdownSkeleton,
  html: tagSkeleton,
  junit: tagSkeleton,
  csv: csvSkeleton,
  lines: (text: string) => [String(text.split("\n").length)],
} as const satisfies Record<string, (text: string) => readonly string[]>;

/** A line's block marker, cells, HTML tags, links, images, emphasis, bare URLs and mentions. */
function markdownSkeleton(text: string): readonly string[] {
  return text.split("\n").map((line) => {
    const marker = /^\s*(?:#{1,6}(?=\s)|>|[*+-](?=\s)|\d+[.)](?=\s)|\||```\w*|---+$|===+$)?/.exec(line)?.[0] ?? "";
    const bare = line
      .replace(/\\[!-/:-@[-`{-~]/g, " ")
      .replace(/(`+)(?!`).*?(?<!`)\1(?!`)/g, " ")
      .replace(/<code>[^<>`|]*<\/code>/g, " ")
      .replace(/&(?:#\d+|amp|lt|gt|quot);/g, " ");
    const active =
      bare.match(/\||<\/?[a-z!][a-z-]*|!?\[|\]\(|\*\*|(?<![\w.])@\w|:\/\/|\bwww\.|(?:javascript|data):|~~|`/gi) ?? [];
    return [marker, ...active].join(" ");
  });
}

/** Tags and names of attributes; how a cell is aligned depends on how long its text is. */
function tagSkeleton(text: string): readonly string[] {
  return (text.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/="[^"]*"/g, "=").replace(/ class=/g, ""));
}

/** RFC 4180: how many fields each record has, and whether a spreadsheet would calculate one. */
function csvSkeleton(text: string): readonly string[] {
  const records: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    const field = quoted ?? plain ?? "";
    records.at(-1)!.push(/^[=+\-@\t\r]/.test(field) && !/^-?\d+(\.\d+)?$/.test(field) ? "FORMULA" : "");
    if (end === "\r\n") records.push([]);
  }
  return records.map((fields) => `${fields.length}${fields.join("")}`);
}
