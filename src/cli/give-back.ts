import { printable } from "../drill/printable.ts";
import { toFailureRecord } from "../engine/failure.ts";
import type { Io } from "./io.ts";

/**
 * Gives back what a command held, when it has its result: what cannot be given back is told, and neither changes the exit code nor
 * keeps the rest from being given back.
 */
export async function giveBack(io: Io, what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, next } = toFailureRecord(error);
    const lines = [`gameday: ${what}: ${message}`, ...(next === undefined ? [] : [`  next: ${next}`])];
    io.stderr.write(`${lines.map(printable).join("\n")}\n`);
  }
}
