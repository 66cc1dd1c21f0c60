import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../../src/sandbox/services/iam/evaluate.ts";
import { parsePolicy } from "../../../src/sandbox/services/iam/policy-document.ts";
import { matchesPattern } from "../../../src/sandbox/services/iam/wildcard.ts";

const SNAPSHOT = "arn:aws:ec2:us-west-2::snapshot/snap-1";

function decision(
  statements: object | object[],
  question: { action?: string; resource?: string; context?: Record<string, string> } = {},
) {
  const document = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  return decide(parsePolicy(document), { action: "ec2:CopySnapshot", resource: SNAPSHOT, ...question });
}

describe("policies", () => {
  it.each([
    ["an exact action", { Effect: "Allow", Action: "ec2:CopySnapshot", Resource: "*" }, "allow"],
    ["an action in other case", { Effect: "Allow", Action: "EC2:copysnapshot", Resource: "*" }, "allow"],
    ["a wildcard", { Effect: "Allow", Action: ["s3:*", "ec2:*Snapshot"], Resource: ["*"] }, "allow"],
    ["a question mark", { Effect: "Allow", Action: "ec2:CopySnapsho?", Resource: "*" }, "allow"],
    ["a resource pattern", { Effect: "Allow", Action: "*", Resource: "arn:aws:ec2:*::snapshot/*" }, "allow"],
    ["another resource", { Effect: "Allow", Action: "*", Resource: "arn:aws:ec2:us-east-1::snapshot/*" }, "silent"],
    ["another action", { Effect: "Allow", Action: "ec2:CreateSnapshot", Resource: "*" }, "silent"],
    ["no resource at all", { Effect: "Allow", Action: "*" }, "silent"],
    ["a NotAction elsewhere", { Effect: "Allow", NotAction: "iam:*", Resource: "*" }, "allow"],
    ["a NotAction here", { Effect: "Allow", NotAction: "ec2:*", Resource: "*" }, "silent"],
    ["a NotResource here", { Effect: "Allow", Action: "*", NotResource: SNAPSHOT }, "silent"],
  ])("%s", (_what, statement, expected) => {
    expect(decision(statement)).toBe(expected);
  });

  it("lets a Deny win over any number of Allows", () => {
    const allow = { Effect: "Allow", Action: "*", Resource: "*" };
    expect(decision([allow, { Effect: "Deny", Action: "ec2:Copy*", Resource: "*" }, allow])).toBe("deny");
  });

  it.each([
    [{ Bool: { "kms:GrantIsForAWSResource": "true" } }, "allow"],
    [{ Bool: { "kms:GrantIsForAWSResource": false } }, "silent"],
    [{ StringLike: { "KMS:ViaService": ["s3.*", "ec2.*.amazonaws.com"] } }, "allow"],
    [{ StringEquals: { "kms:ViaService": "ec2.*.amazonaws.com" } }, "silent"],
    [{ StringNotEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } }, "allow"],
    [{ StringNotLike: { "kms:ViaService": "ec2.*" } }, "silent"],
    [{ StringEquals: { "aws:SourceVpc": "vpc-1" } }, "silent"],
    [{ StringEqualsIfExists: { "aws:SourceVpc": "vpc-1" } }, "allow"],
    [{ Null: { "aws:SourceVpc": "true" } }, "allow"],
    [{ Null: { "kms:ViaService": "true" } }, "silent"],
    [{ NumericLessThan: { "kms:ViaService": "1" } }, "silent"],
    [{ Bool: { "kms:GrantIsForAWSResource": "true" }, StringEquals: { "aws:SourceVpc": "vpc-1" } }, "silent"],
  ])("condition %j", (condition, expected) => {
    const context = { "kms:GrantIsForAWSResource": "true", "kms:ViaService": "ec2.us-west-2.amazonaws.com" };
    expect(decision({ Effect: "Allow", Action: "*", Resource: "*", Condition: condition }, { context })).toBe(expected);
  });

  it.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["no statement", "{}"],
    ["another version", '{"Version":"2020-01-01","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'],
    ["no effect", '{"Statement":{"Action":"*","Resource":"*"}}'],
    ["no action", '{"Statement":{"Effect":"Allow","Resource":"*"}}'],
    ["an action without a service", '{"Statement":{"Effect":"Allow","Action":"CopySnapshot","Resource":"*"}}'],
    ["a resource that is no text", '{"Statement":{"Effect":"Allow","Action":"*","Resource":[1]}}'],
  ])("are refused: %s", (_what, document) => {
    expect(() => parsePolicy(document)).toThrow(expect.objectContaining({ code: "MalformedPolicyDocument" }));
  });
});

describe("wildcards", () => {
  const symbols = fc.array(fc.constantFrom("a", "b", "*", "?"), { maxLength: 12 }).map((all) => all.join(""));
  const letters = fc.array(fc.constantFrom("a", "b"), { maxLength: 12 }).map((all) => all.join(""));

  it("mean what the same regular expression means", () => {
    fc.assert(
      fc.property(symbols, letters, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
        expect(matchesPattern(pattern, text)).toBe(expression.test(text));
      }),
      { numRuns: 1000 },
    );
  });

  it("are fast on what makes regular expressions slow", () => {
    expect(matchesPattern(`${"a*".repeat(30)}b`, "a".repeat(5000))).toBe(false);
  });
});
