import { Failure } from "../../engine/failure.ts";
import type { AcceptedRisk, AgreedAction } from "../../evidence/attestation/statements.ts";
import type { Result } from "../../evidence/result/result.ts";

export interface DecisionOptions {
  readonly action?: readonly string[];
  readonly acceptRisk?: readonly string[];
}

export interface Decided {
  readonly actions: readonly AgreedAction[];
  readonly acceptedRisks: readonly AcceptedRisk[];
}

/** What a reviewer decides about deviations. @throws Failure `bad-decision` for one that the report does not list, or a bad form */
export function readDecisions({ action = [], acceptRisk = [] }: DecisionOptions, report: Result): Decided {
  const codes = new Map(report.deviations.map(({ id, code }) => [id, code]));
  return {
    actions: action.map((text) => agreed(text, codes)),
    acceptedRisks: acceptRisk.map((text) => accepted(text, codes)),
  };
}

const ACTION = /^(D-\d+)=([^,]+),\s*(\d{4}-\d\d-\d\d)(?:,(.*))?$/s;

function agreed(text: string, codes: ReadonlyMap<string, string>): AgreedAction {
  const [, deviation = "", owner = "", due = "", action = ""] = ACTION.exec(text) ?? [];
  if (owner.trim() === "" || Number.isNaN(Date.parse(due)))
    throw bad(text, 'write --action "D-1=Jane Doe,2026-12-31,what is to be done"');
  const about = { deviation, code: codeOf(deviation, codes), owner: owner.trim(), due };
  return action.trim() === "" ? about : { ...about, action: action.trim() };
}

function accepted(text: string, codes: ReadonlyMap<string, string>): AcceptedRisk {
  const [, deviation = "", reason = ""] = /^(D-\d+)=(.*)$/s.exec(text) ?? [];
  if (reason.trim() === "") throw bad(text, 'write --accept-risk "D-2=why it stays as it is"');
  return { deviation, code: codeOf(deviation, codes), reason: reason.trim() };
}

function codeOf(deviation: string, codes: ReadonlyMap<string, string>): string {
  const code = codes.get(deviation);
  if (code !== undefined) return code;
  const known = [...codes].map(([id, name]) => `${id} (${name})`).join(", ");
  throw bad(deviation, `the report lists ${known === "" ? "no deviation" : known}`);
}

function bad(text: string, next: string): Failure {
  return new Failure({
    code: "bad-decision",
    message: `${JSON.stringify(text)} is no decision about a deviation of this run`,
    fixer: "operator",
    next,
  });
}
