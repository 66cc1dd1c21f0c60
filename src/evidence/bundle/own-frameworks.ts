import * as z from "zod";
import { frameworkShape, type Framework } from "../controls/framework.ts";
import { expressionProblems } from "../controls/load-controls.ts";
import { Wrong } from "./wrong.ts";

/** The control mappings that a run was weighed by: gameday's own, and what the project put beside or in the place of them. */
export const FRAMEWORKS = "controls/frameworks.json";

const MOST_CONTROLS = 10_000;

/** @throws Wrong when it is not what gameday writes */
export function readFrameworks(text: string): readonly Framework[] {
  const read = z.array(frameworkShape).safeParse(parsed(text));
  if (!read.success) throw new Wrong(FRAMEWORKS, z.prettifyError(read.error).split("\n")[0] ?? "it is not valid");
  const controls = read.data.flatMap((framework) => framework.controls);
  if (controls.length > MOST_CONTROLS) throw new Wrong(FRAMEWORKS, `it has ${controls.length} controls`);
  const [problem] = controls.flatMap(expressionProblems);
  if (problem !== undefined) throw new Wrong(FRAMEWORKS, problem);
  return read.data;
}

/**
 * The controls that a project has mapped itself, `framework/id`: its own words, weighed by its own rules. A project can add to what
 * gameday ships, and take the place of it; it cannot leave anything out. @throws Wrong for what is left out
 */
export function projectControls(frameworks: readonly Framework[], shipped: readonly Framework[]): readonly string[] {
  const ours = rows(shipped);
  const all = rows(frameworks);
  const lost = [...ours.keys()].find((name) => !all.has(name));
  if (lost !== undefined) throw new Wrong(FRAMEWORKS, `${lost} is missing, which gameday maps`);
  return [...all].filter(([name, row]) => ours.get(name) !== row).map(([name]) => name);
}

function rows(frameworks: readonly Framework[]): ReadonlyMap<string, string> {
  return new Map(
    frameworks.flatMap(({ framework, title, version, controls }) =>
      controls.map((control) => [`${framework}/${control.id}`, JSON.stringify([title, version, control])] as const),
    ),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
