import type { Drill } from "../../drill/drill.ts";
import { evaluateTemplate, ExpressionError, templateRoots } from "../../drill/expressions.ts";
import type { ExpressionScope } from "../../drill/expressions.ts";
import { isRecord } from "../../drill/json.ts";

/** The input of a step, one line a key: values as far as they are known before a run, expressions where they are not. */
export function inputLines(input: unknown, drill: Drill): readonly string[] {
  if (!isRecord(input)) return [];
  return Object.entries(input).map(([key, value]) => `${key}: ${shown(knownParts(value, drill))}`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Every string whose expressions need nothing but the drill itself is replaced by what it yields. */
function knownParts(value: unknown, drill: Drill): unknown {
  if (Array.isArray(value)) return value.map((item) => knownParts(item, drill));
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, knownParts(item, drill)]));
  }
  if (typeof value !== "string" || !templateRoots(value).every((root) => isKnown(root, drill))) return value;
  return known(value, drill);
}

/** A constant expression may still fail, as `1 / 0` does; the run will say so. */
function known(template: string, drill: Drill): unknown {
  try {
    return evaluateTemplate(template, scopeOf(drill));
  } catch (error) {
    if (error instanceof ExpressionError) return template;
    throw error;
  }
}

function isKnown(root: string, { safety }: Drill): boolean {
  return root === "drill" || root === "regions" || (root === "account" && safety.accounts.length === 1);
}

function scopeOf({ name, regions, safety }: Drill): ExpressionScope {
  return {
    steps: {},
    run: { id: "", startedAt: "" },
    drill: { name },
    regions: { primary: regions.primary, dr: regions.dr },
    account: { id: safety.accounts[0] ?? "" },
  };
}
