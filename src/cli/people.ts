import { createInterface } from "node:readline/promises";
import { Failure } from "../engine/failure.ts";
import type { People } from "../steps/services.ts";
import type { Io } from "./io.ts";

/** Nobody is asked in a rehearsal; the answer says so. */
export const rehearsedPeople: People = {
  confirm: async () => ({ by: "rehearsal (nobody was asked)" }),
};

/** Asks at the terminal. Without one nobody can be asked, and the step fails. */
export function peopleAt(io: Io): People {
  return {
    confirm: async (prompt, signal) => {
      if (!io.stdin.isTTY) throw nobodyThere(prompt);
      const terminal = createInterface({ input: io.stdin, output: io.stderr });
      try {
        const answer = await terminal.question(`\n${prompt}\nType "yes" to go on: `, { signal });
        if (answer.trim().toLowerCase() !== "yes") throw refused(prompt);
        return { by: io.env["USER"] ?? io.env["LOGNAME"] ?? "the operator at the terminal" };
      } finally {
        terminal.close();
      }
    },
  };
}

function nobodyThere(prompt: string): Failure {
  return new Failure({
    code: "nobody-to-ask",
    message: `a person must confirm "${prompt}", and there is no terminal to ask at`,
    fixer: "operator",
    next: "run the drill from a terminal, or take the human.confirm step out of it",
  });
}

function refused(prompt: string): Failure {
  return new Failure({
    code: "not-confirmed",
    message: `the operator did not confirm "${prompt}"`,
    fixer: "operator",
    next: "run the drill again when it may go on",
  });
}
