import { isParallel, PHASES, stepsOf } from "../../drill/drill.ts";
import type { Drill, Phase, Step, StepNode } from "../../drill/drill.ts";
import { printable } from "../../drill/printable.ts";
import { EXIT_CODES } from "../../engine/exit-code.ts";
import type { Permission } from "../../engine/permission.ts";
import { formatBudget } from "../../time/duration.ts";
import { permissionsOf } from "../drills/iam-policy.ts";
import type { Io } from "../io.ts";
import { shippedLibrary } from "../drills/library.ts";
import type { Library } from "../drills/library.ts";
import { openDrill } from "../drills/open-drill.ts";
import { inputLines } from "../drills/plan-input.ts";
import { worstCaseOfDrill, worstCaseOfPhase, worstCaseOfStep } from "../drills/worst-case.ts";
import type { WorstCase } from "../drills/worst-case.ts";
import { objectivesOf } from "./list.ts";

export interface PlanOptions {
  /** A file, a folder or a name. */
  readonly drill: string;
}

/** Prints what a run of the drill would do, create and need, and how long it may take. Calls nothing. */
export async function plan(options: PlanOptions, io: Io, library?: Library): Promise<number> {
  const used = library ?? (await shippedLibrary());
  const drill = await openDrill(options.drill, used.stepKinds, io);
  const lines = [
    ...headLines(drill),
    ...PHASES.flatMap((phase) => phaseLines(phase, drill, used)),
    ...createdLines(drill, used),
    ...permissionLines(drill, await permissionsOf(drill, used)),
    ...durationLines(drill, used),
  ];
  io.stdout.write(lines.map((line) => `${printable(line)}\n`).join(""));
  return EXIT_CODES.passed.code;
}

function headLines(drill: Drill): readonly string[] {
  const { regions, safety } = drill;
  const lost = regions.primaryLost ? ", counts as lost from recover on" : "";
  return [
    drill.name,
    ...drill.description
      .trim()
      .split("\n")
      .map((line) => `  ${line}`),
    "",
    `account     ${safety.accounts.join(", ")} (any other is refused)`,
    ...(drill.assumeRole ? [`role        ${drill.assumeRole.roleArn}`] : []),
    `Regions     primary ${regions.primary}${lost}; DR ${regions.dr}`,
    `objectives  ${objectivesOf(drill)}`,
    ...(drill.controls.length > 0 ? [`controls    ${drill.controls.join(", ")}`] : []),
  ];
}

const PHASE_NOTES: Readonly<Record<Phase, string>> = {
  prepare: "before the disaster, not part of the RTA",
  recover: "the disaster is declared, the RTO clock starts",
  verify: "the RTO clock stops when the last step has passed",
  teardown: "then everything the run made is destroyed, newest first",
};

function phaseLines(phase: Phase, drill: Drill, library: Library): readonly string[] {
  const nodes = drill.phases[phase];
  const worst = nodes.length > 0 ? `, ${atMost(worstCaseOfPhase(nodes, library))}` : "";
  const body = nodes.flatMap((node) => nodeLines(node, drill, library));
  return ["", `${phase}: ${PHASE_NOTES[phase]}${worst}`, ...(body.length > 0 ? body : ["  no steps"])];
}

function nodeLines(node: StepNode, drill: Drill, library: Library): readonly string[] {
  if (!isParallel(node)) return stepLines(node, drill, library);
  return ["  at the same time:", ...node.parallel.flatMap((step) => stepLines(step, drill, library)).map(indented)];
}

function stepLines(step: Step, drill: Drill, library: Library): readonly string[] {
  const kind = library.stepKinds.get(step.uses);
  const title = step.name === undefined ? "" : ` "${step.name}"`;
  return [
    `  ${step.id}${title}: ${step.uses}, ${atMost(worstCaseOfStep(step, library))}`,
    ...(kind ? [`    ${kind.does}`] : []),
    ...[...conditionLines(step), ...inputLines(step.with, drill)].map((line) => `    ${line}`),
  ];
}

function conditionLines(step: Step): readonly string[] {
  const { retry, forEach } = step;
  const list = typeof forEach === "string" ? forEach : JSON.stringify(forEach);
  return [
    step.if !== undefined && `only if ${step.if}`,
    forEach !== undefined && `once for each of ${list}${step.concurrency ? `, ${step.concurrency} at once` : ""}`,
    retry && `up to ${retry.attempts} attempts, ${formatBudget(retry.delayMs)} apart`,
    step.targetMs !== undefined && `target ${formatBudget(step.targetMs)}`,
    step.allowPrimary && "may call the primary Region although it counts as lost",
  ].filter((line): line is string => typeof line === "string");
}

function createdLines(drill: Drill, library: Library): readonly string[] {
  const steps = PHASES.flatMap((phase) => stepsOf(drill.phases[phase]));
  const created = steps.flatMap((step) =>
    (library.stepKinds.get(step.uses)?.creates ?? []).map((kind) => `  ${kind} by ${step.id}`),
  );
  return ["", "created, and destroyed by teardown:", ...(created.length > 0 ? created : ["  nothing"])];
}

function permissionLines(drill: Drill, permissions: readonly Permission[]): readonly string[] {
  const actions = new Set(permissions.flatMap((permission) => permission.actions));
  const byService = new Map<string, string[]>();
  for (const action of [...actions].toSorted()) {
    const [service = "", name = ""] = action.split(":");
    byService.set(service, [...(byService.get(service) ?? []), name]);
  }
  const lines = [...byService].map(([service, names]) => `  ${service}: ${names.join(", ")}`);
  return [
    "",
    `IAM permissions (gameday permissions ${drill.name} prints the policy):`,
    ...lines,
    ...terraformLines(drill),
  ];
}

function terraformLines(drill: Drill): readonly string[] {
  const steps = PHASES.flatMap((phase) => stepsOf(drill.phases[phase]));
  if (!steps.some(({ uses }) => uses === "terraform.apply")) return [];
  return ["  what Terraform itself calls is not listed here: that depends on its configuration"];
}

function durationLines(drill: Drill, library: Library): readonly string[] {
  const { maxDurationMs, teardownBudgetMs } = drill.safety;
  const worst = worstCaseOfDrill(drill, library);
  const over = worst.ms > maxDurationMs;
  const most = formatBudget(over || worst.atLeast ? maxDurationMs : worst.ms);
  return [
    "",
    `A run takes at most ${most}, then teardown takes at most ${formatBudget(teardownBudgetMs)}.`,
    ...(over ? [`Its steps could take ${formatBudget(worst.ms)}; safety.maxDuration cuts them off.`] : []),
    ...(worst.atLeast ? ["The list of a forEach is not known yet; its step is counted for one entry only."] : []),
  ];
}

function atMost({ ms, atLeast }: WorstCase): string {
  return atLeast ? `at most ${formatBudget(ms)} for each entry` : `at most ${formatBudget(ms)}`;
}

function indented(line: string): string {
  return `  ${line}`;
}
