import { spawn, type ChildProcess, type StdioNull, type StdioPipe } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { inPlaceOfInherited } from "./inherited-descriptors.ts";

interface ApartOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: StdioNull | StdioPipe;
}

/**
 * Starts a program, in a process group of its own, with its standard streams and no other descriptor of this process: an open folder
 * would be a way out of every namespace.
 */
export function spawnApart(command: readonly [file: string, ...args: string[]], options: ApartOptions): ChildProcess {
  const [file, ...args] = command;
  const { cwd, env, stdin } = options;
  const nothing = openSync(devNull, "r");
  try {
    const stdio = [stdin, "pipe" as const, "pipe" as const, ...inPlaceOfInherited(nothing)];
    return spawn(file, args, { cwd, env, stdio, detached: true });
  } finally {
    closeSync(nothing);
  }
}
