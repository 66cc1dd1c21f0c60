/** The commands of file-commands.ts: the entry knows them without loading it. */
export const FILE_COMMANDS: ReadonlySet<string> = new Set([
  "validate",
  "plan",
  "list",
  "init",
  "permissions",
  "schema",
]);
