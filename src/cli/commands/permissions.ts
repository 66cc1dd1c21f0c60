import { PHASES, stepsOf } from "../../drill/drill.ts";
import type { Drill } from "../../drill/drill.ts";
import { printable } from "../../drill/printable.ts";
import { EXIT_CODES } from "../../engine/exit-code.ts";
import { iamPolicy, LONGEST_MANAGED_POLICY, permissionsOf } from "../drills/iam-policy.ts";
import type { IamPolicy } from "../drills/iam-policy.ts";
import type { Io } from "../io.ts";
import { shippedLibrary } from "../drills/library.ts";
import type { Library } from "../drills/library.ts";
import { openDrill } from "../drills/open-drill.ts";

export interface PermissionsOptions {
  /** A file, a folder or a name. */
  readonly drill: string;
}

/** Prints the least-privilege IAM policy of a drill to standard output, and what it cannot say to standard error. */
export async function permissions(options: PermissionsOptions, io: Io, library?: Library): Promise<number> {
  const used = library ?? (await shippedLibrary());
  const drill = await openDrill(options.drill, used.stepKinds, io);
  const policy = iamPolicy(await permissionsOf(drill, used), drill);
  io.stdout.write(`${JSON.stringify(policy, null, 2)}\n`);
  for (const note of notesOn(drill, policy)) io.stderr.write(`note: ${printable(note)}\n`);
  return EXIT_CODES.passed.code;
}

/** Step kinds that start programs of the drill's author. */
const RUNS_PROGRAMS: ReadonlySet<string> = new Set(["terraform.apply", "command.run"]);

function notesOn(drill: Drill, policy: IamPolicy): readonly string[] {
  const notes: string[] = [];
  const size = JSON.stringify(policy).length;
  if (size > LONGEST_MANAGED_POLICY) {
    notes.push(
      `the policy has ${size} characters; a managed policy may have ${LONGEST_MANAGED_POLICY}: split it in two`,
    );
  }
  const programs = PHASES.flatMap((phase) => stepsOf(drill.phases[phase])).filter((step) =>
    RUNS_PROGRAMS.has(step.uses),
  );
  for (const { id, uses } of programs) {
    notes.push(`step ${id} (${uses}) runs a program of yours: what that needs of AWS is not in this policy`);
  }
  if (drill.assumeRole) {
    notes.push(`the policy is for ${drill.assumeRole.roleArn}; whoever starts gameday needs sts:AssumeRole on it`);
  }
  return notes;
}
