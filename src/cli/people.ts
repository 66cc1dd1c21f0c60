import { createInterface } from "node:readline/promises";
import { PHASES, stepsOf, type Drill } from "../drill/drill.ts";
import { Failure } from "../engine/failure.ts";
import type { RunRecord } from "../engine/record.ts";
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

/**
 * Before anything is changed: a drill that must be confirmed needs somebody to confirm it, not a failure in mid-recovery. A run taken
 * up again may have asked already, or only be torn down.
 * @throws Failure `nobody-to-ask`
 */
export function assertSomebodyThere(drill: Drill, io: Pick<Io, "stdin">, earlier?: RunRecord): void {
  if (io.stdin.isTTY || (earlier && !goesOn(earlier))) return;
  const done = new Set(earlier?.steps.filter(({ outcome }) => outcome === "passed").map(({ step }) => step));
  const asking = PHASES.flatMap((phase) => stepsOf(drill.phases[phase])).find(
    ({ id, uses }) => uses === "human.confirm" && !done.has(id),
  );
  if (asking) throw nobodyForStep(asking.id);
}

/** Whether a run taken up again would run steps: one that was stopped, or had a failed step, is only torn down. */
function goesOn({ finished, aborted, steps }: RunRecord): boolean {
  return (
    !finished && !aborted && steps.every(({ outcome = "passed" }) => outcome === "passed" || outcome === "skipped")
  );
}

function nobodyForStep(step: string): Failure {
  return new Failure({
    code: "nobody-to-ask",
    message: `step ${step} (human.confirm) needs a person, and there is no terminal to ask at; nothing was begun`,
    fixer: "operator",
    next: "run the drill from a terminal, or take the human.confirm step out of it",
  });
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
