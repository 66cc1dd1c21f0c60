import type { Result } from "../evidence/result/result.ts";
import { escapeHtml } from "./html/escape.ts";

type Attributes = Readonly<Record<string, string | number | undefined>>;

interface Case {
  readonly classname: string;
  readonly name: string;
  readonly time: number;
  readonly line?: number | undefined;
  /** The element inside, rendered. */
  readonly inside: string;
  readonly ended: "passed" | "failure" | "error" | "skipped";
}

/** JUnit XML: a suite of the steps, one of the data checks, one of the objectives. */
export function renderJunit(result: Result): string {
  const suites = [
    suite(
      "steps",
      result.steps.map((step) => stepCase(step, result)),
      result,
    ),
    suite(
      "checks",
      result.checks.map((check) => checkCase(check, result)),
      result,
    ),
    suite(
      "objectives",
      result.objectives.map((objective) => objectiveCase(objective, result)),
      result,
    ),
  ];
  const head = attributes({
    name: `gameday ${result.drill.name}`,
    time: seconds(result.run.durationMs),
    ...totals(suites.flatMap(({ cases }) => cases)),
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${head}>\n${suites.map(({ xml }) => xml).join("")}</testsuites>\n`;
}

interface Suite {
  readonly cases: readonly Case[];
  readonly xml: string;
}

function suite(name: string, cases: readonly Case[], { drill, run, verdict, evidenceClass }: Result): Suite {
  const head = attributes({ name: `${drill.name} ${name}`, timestamp: run.startedAt.slice(0, 19), ...totals(cases) });
  const facts = {
    "gameday.run": run.id,
    "gameday.verdict": verdict.word,
    "gameday.evidence-class": evidenceClass,
    // Times that go on across one are wall-clock time.
    "gameday.cut-offs": run.resumes.length,
  };
  const properties = Object.entries(facts).map(
    ([key, value]) => `      <property${attributes({ name: key, value })}/>\n`,
  );
  return {
    cases,
    xml: `  <testsuite${head}>\n    <properties>\n${properties.join("")}    </properties>\n${cases.map(caseXml).join("")}  </testsuite>\n`,
  };
}

function totals(cases: readonly Case[]): Attributes {
  const count = (ended: Case["ended"]) => cases.filter((one) => one.ended === ended).length;
  return { tests: cases.length, failures: count("failure"), errors: count("error"), skipped: count("skipped") };
}

function caseXml({ classname, name, time, line, inside }: Case): string {
  const head = attributes({ classname, name, time, line });
  return inside === "" ? `    <testcase${head}/>\n` : `    <testcase${head}>${inside}</testcase>\n`;
}

function stepCase(step: Result["steps"][number], { drill }: Result): Case {
  const { phase, instance, name, durationMs, line, status, reason, failure } = step;
  const label = name === undefined ? instance : `${instance}: ${name}`;
  const common = { classname: `${drill.name}.${phase}`, name: label, time: seconds(durationMs ?? 0), line };
  if (status === "passed") return { ...common, ended: "passed", inside: "" };
  if (status === "skipped" || status === "not executed")
    return { ...common, ended: "skipped", inside: `<skipped${attributes({ message: reason ?? status })}/>` };
  const message = failure?.message ?? reason ?? status;
  const tag = status === "failed" ? "failure" : "error";
  return { ...common, ended: tag, inside: `<${tag}${attributes({ type: failure?.code ?? status, message })}/>` };
}

function checkCase(
  { check, instance, passed, summary, differences }: Result["checks"][number],
  { drill }: Result,
): Case {
  const common = { classname: `${drill.name}.checks`, name: `${check} by ${instance}`, time: 0 };
  if (passed) return { ...common, ended: "passed", inside: "" };
  const text = xmlText(differences.slice(0, 50).join("\n"));
  return {
    ...common,
    ended: "failure",
    inside: `<failure${attributes({ type: "data-differs", message: summary })}>${text}</failure>`,
  };
}

function objectiveCase(objective: Result["objectives"][number], { drill }: Result): Case {
  const { actualMs, atLeastMs, targetMs, met, warnsOnly } = objective;
  const common = {
    classname: `${drill.name}.objectives`,
    name: objective.objective,
    time: seconds(actualMs ?? atLeastMs ?? 0),
  };
  if (met === true || (met === false && warnsOnly)) return { ...common, ended: "passed", inside: "" };
  const measured = actualMs ?? atLeastMs;
  const message = `target ${seconds(targetMs)} s, ${measured === undefined ? "not measured" : `measured ${seconds(measured)} s`}`;
  if (met === undefined) return { ...common, ended: "skipped", inside: `<skipped${attributes({ message })}/>` };
  return { ...common, ended: "failure", inside: `<failure${attributes({ type: "objective-missed", message })}/>` };
}

function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}

function attributes(values: Attributes): string {
  return Object.entries(values)
    .map(([name, value]) => (value === undefined ? "" : ` ${name}="${xmlText(String(value))}"`))
    .join("");
}

/** XML 1.0 has no control characters, not even escaped. */
function xmlText(text: string): string {
  return escapeHtml(text, { lines: true });
}
