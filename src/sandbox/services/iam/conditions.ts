import type { Conditions } from "./policy-document.ts";
import { matchesPattern } from "./wildcard.ts";

/** Values of condition keys, as far as the sandbox knows them: `kms:GrantIsForAWSResource`, `ec2:CreateAction` … */
export type ConditionContext = Readonly<Record<string, string>>;

type Test = (wanted: string, actual: string) => boolean;

const same: Test = (wanted, actual) => wanted === actual;
const like: Test = (wanted, actual) => matchesPattern(wanted, actual);
const sameIgnoringCase: Test = (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase();

const OPERATORS: Readonly<Record<string, Test>> = {
  Bool: sameIgnoringCase,
  StringEquals: same,
  StringEqualsIgnoreCase: sameIgnoringCase,
  StringLike: like,
  ArnEquals: like,
  ArnLike: like,
};

/** The Not of StringNotEquals and its kind. */
const NEGATION = /Not(?=Equals|Like)/;

/** Whether every condition of a statement holds. One with an operator the sandbox does not know never does. */
export function conditionsHold(conditions: Conditions, context: ConditionContext): boolean {
  const actual = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holds(operator, wanted, actual.get(key.toLowerCase()))),
  );
}

function holds(operator: string, wanted: readonly string[], actual: string | undefined): boolean {
  if (operator === "Null") return wanted.includes(String(actual === undefined));
  const [, name = "", ifExists] = /^(?:ForAnyValue:|ForAllValues:)?(.*?)(IfExists)?$/.exec(operator) ?? [];
  const isNegated = NEGATION.test(name);
  if (actual === undefined) return ifExists !== undefined || isNegated;
  const test = OPERATORS[name.replace(NEGATION, "")];
  if (!test) return false;
  const matches = wanted.some((value) => test(value, actual));
  return isNegated ? !matches : matches;
}
