import { newEnvironment } from "../../drill/expression-cel.ts";
import { refusedGrowth } from "../../drill/expression-growth.ts";
import { toCel } from "../../drill/expression-values.ts";
import type { RunFacts } from "./facts.ts";

const NAMES = ["run", "objectives", "data", "recovery", "target", "backup", "teardown", "intent", "review"] as const;

type Condition = (facts: RunFacts) => boolean;

let environment: ReturnType<typeof newEnvironment> | undefined;
const compiled = new Map<string, Condition>();

/** The condition of an expression on {@link RunFacts}; a string says why it is none. */
export function compileFact(expression: string): Condition | string {
  const known = compiled.get(expression);
  if (known) return known;
  try {
    const program = factEnvironment().parse(expression);
    const refusal = refusedGrowth(program.ast, {});
    if (refusal) return refusal.message;
    const condition = (facts: RunFacts) =>
      program(Object.fromEntries(NAMES.map((name) => [name, toCel(facts[name])]))) === true;
    const checked = program.check();
    if (!checked.valid) return checked.error?.message.split("\n")[0] ?? "it is not valid";
    compiled.set(expression, condition);
    return condition;
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  }
}

/** Whether the expression is true; one that fails (a fact that is not there) is not. */
export function holds(expression: string, facts: RunFacts): boolean {
  const condition = compileFact(expression);
  if (typeof condition === "string") return false;
  try {
    return condition(facts);
  } catch {
    return false;
  }
}

function factEnvironment(): ReturnType<typeof newEnvironment> {
  if (environment) return environment;
  environment = newEnvironment();
  for (const name of NAMES) environment.registerVariable(name, "map");
  return environment;
}
