import { conditionsHold, type ConditionContext } from "./conditions.ts";
import type { Statement } from "./policy-document.ts";
import { matchesPattern } from "./wildcard.ts";

/** What is asked of a policy. */
export interface PolicyQuestion {
  /** `ec2:CopySnapshot` */
  readonly action: string;
  /** An ARN. */
  readonly resource: string;
  readonly context?: ConditionContext;
}

export type Decision = "allow" | "deny" | "silent";

/** IAM's rule: an explicit Deny wins over any Allow; without either the policy is silent, which means no. */
export function decide(statements: readonly Statement[], question: PolicyQuestion): Decision {
  const applying = statements.filter((statement) => applies(statement, question));
  if (applying.some(({ effect }) => effect === "Deny")) return "deny";
  return applying.length > 0 ? "allow" : "silent";
}

function applies(statement: Statement, { action, resource, context = {} }: PolicyQuestion): boolean {
  return (
    actionMatches(statement, action) &&
    resourceMatches(statement, resource) &&
    conditionsHold(statement.conditions, context)
  );
}

function actionMatches({ actions, notActions }: Statement, action: string): boolean {
  const matches = (pattern: string) => matchesPattern(pattern.toLowerCase(), action.toLowerCase());
  return notActions ? !notActions.some(matches) : actions.some(matches);
}

function resourceMatches({ resources, notResources, principals }: Statement, resource: string): boolean {
  const matches = (pattern: string) => matchesPattern(pattern, resource);
  if (notResources) return !notResources.some(matches);
  // Policies of a resource may leave the resource out: it is the one they hang on.
  if (resources.length === 0) return principals !== undefined;
  return resources.some(matches);
}
