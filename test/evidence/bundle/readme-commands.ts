/** The indented lines of a bundle's README: what a reader types. */
export function commandsOf(readme: string): string {
  return readme
    .split("\n")
    .filter((line) => line.startsWith("    "))
    .join("\n");
}
