import { AwsError } from "../../service.ts";

export type Conditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** One statement with every field as a list, whichever way it was written. */
export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  readonly notActions: readonly string[] | undefined;
  readonly resources: readonly string[];
  readonly notResources: readonly string[] | undefined;
  /** AWS principals (ARNs, account ids, `*`) and service principals, in policies of resources and trust policies. */
  readonly principals: readonly string[] | undefined;
  readonly conditions: Conditions;
}

const LARGEST_DOCUMENT = 32_768;

/** The statements of a policy document. Throws `MalformedPolicyDocument` for what IAM would refuse. */
export function parsePolicy(text: string, code = "MalformedPolicyDocument"): readonly Statement[] {
  const malformed = (why: string) => new AwsError(code, why);
  if (text.length > LARGEST_DOCUMENT) throw malformed("The policy document is too large.");
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw malformed("This policy contains invalid Json");
  }
  if (!isObject(document)) throw malformed("Syntax errors in policy.");
  const version = document["Version"];
  if (version !== undefined && version !== "2012-10-17" && version !== "2008-10-17") {
    throw malformed("The policy must contain a valid version string");
  }
  const statements = asList(document["Statement"]);
  if (statements.length === 0) throw malformed("Missing required field Statement");
  return statements.map((statement) => parseStatement(statement, malformed));
}

function parseStatement(value: unknown, malformed: (why: string) => AwsError): Statement {
  if (!isObject(value)) throw malformed("Syntax errors in policy.");
  const { Effect: effect, Action: action, NotAction: notAction } = value;
  if (effect !== "Allow" && effect !== "Deny")
    throw malformed("Policy statement must contain an effect of Allow or Deny.");
  if (action === undefined && notAction === undefined) throw malformed("Policy statement must contain actions.");
  const texts = (field: unknown) => {
    const list = asList(field);
    if (!list.every((item) => typeof item === "string")) throw malformed("Syntax errors in policy.");
    return list as string[];
  };
  for (const name of [...texts(action), ...texts(notAction)]) {
    if (!/^(\*|[\w-]+:[\w*?]+)$/.test(name))
      throw malformed(`Actions/Conditions must be prefaced by a vendor, e.g., iam: ${name}`);
  }
  return {
    effect,
    actions: texts(action),
    notActions: notAction === undefined ? undefined : texts(notAction),
    resources: texts(value["Resource"]),
    notResources: value["NotResource"] === undefined ? undefined : texts(value["NotResource"]),
    principals: principalsOf(value["Principal"], texts),
    conditions: conditionsOf(value["Condition"]),
  };
}

function principalsOf(value: unknown, texts: (field: unknown) => string[]): string[] | undefined {
  if (value === undefined) return undefined;
  return isObject(value) ? Object.values(value).flatMap(texts) : texts(value);
}

function conditionsOf(value: unknown): Conditions {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(isObject(keys) ? keys : {}).map(([key, wanted]) => [key, asList(wanted).map(String)]),
      ),
    ]),
  );
}

function asList(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
