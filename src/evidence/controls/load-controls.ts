import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { readQuickly } from "../../drill/quick-yaml.ts";
import { Failure } from "../../engine/failure.ts";
import { compileFact } from "./evaluate.ts";
import { frameworkShape, type Control, type Framework } from "./framework.ts";
import { readRegularText } from "../../engine/regular-file.ts";

/**
 * The frameworks of the folders' YAML files, sorted by name. A later folder's control takes the place of an earlier one's of the
 * same framework and id. @throws Failure `invalid-controls` that names file and place
 */
export async function loadControls(folders: readonly string[]): Promise<readonly Framework[]> {
  const frameworks = new Map<string, Framework>();
  for (const folder of folders) {
    for (const name of await yamlFiles(folder)) {
      const framework = await loadFramework(join(folder, name));
      const earlier = frameworks.get(framework.framework);
      frameworks.set(framework.framework, earlier ? merge(earlier, framework) : framework);
    }
  }
  return [...frameworks.values()].sort((a, b) => (a.framework < b.framework ? -1 : 1));
}

async function yamlFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /\.ya?ml$/.test(name)).sort();
}

async function loadFramework(path: string): Promise<Framework> {
  const framework = frameworkShape.safeParse(await parsed(path, await readRegularText(path)));
  if (!framework.success) throw invalid(path, z.prettifyError(framework.error).split("\n"));
  const problems = framework.data.controls.flatMap((control) => expressionProblems(control));
  if (problems.length > 0) throw invalid(path, problems);
  return framework.data;
}

async function parsed(path: string, text: string): Promise<unknown> {
  const quick = readQuickly(text);
  if (quick) return quick.value;
  const { parse } = await import("yaml");
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    throw invalid(path, [cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause)]);
  }
}

/** What is wrong with the expressions of a control. */
export function expressionProblems({ id, requires = [], meets }: Control): readonly string[] {
  const expressions = [...requires.map(({ when }) => when), ...(meets === undefined ? [] : [meets])];
  return expressions.flatMap((expression) => {
    const problem = compileFact(expression);
    return typeof problem === "string" ? [`${id}: ${expression}: ${problem}`] : [];
  });
}

function merge(earlier: Framework, later: Framework): Framework {
  const replaced = new Set(later.controls.map(({ id }) => id));
  return { ...later, controls: [...earlier.controls.filter(({ id }) => !replaced.has(id)), ...later.controls] };
}

function invalid(path: string, details: readonly string[]): Failure {
  return new Failure({
    code: "invalid-controls",
    message: `${path} is not a valid control mapping`,
    fixer: "operator",
    next: "put right what is listed",
    details,
  });
}
