import type { IAM } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { handDriven, refusal, type HandDriven } from "../hand-driven.ts";

let driven: HandDriven;
let iam: IAM;

beforeAll(async () => {
  driven = await handDriven();
  iam = driven.iam();
});
afterAll(() => driven.close());

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "dlm.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const ANY = "arn:aws:ec2:us-west-2::snapshot/*";

function policy(effect: "Allow" | "Deny", ...actions: string[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: effect, Action: actions, Resource: "*" }] });
}

async function newRole(name: string): Promise<string> {
  const { Role: role } = await iam.createRole({ RoleName: name, AssumeRolePolicyDocument: TRUST });
  return role!.Arn!;
}

describe("what a role may do", () => {
  const may = (arn: string, action = "ec2:CopySnapshot") => driven.sandbox.services.roles.allows(arn, action, ANY);

  it("follows its inline and attached policies", async () => {
    const arn = await newRole("inline");
    expect(may(arn)).toBe(false);
    await iam.putRolePolicy({ RoleName: "inline", PolicyName: "p", PolicyDocument: policy("Allow", "ec2:*") });
    expect(may(arn)).toBe(true);
    const { Policy: deny } = await iam.createPolicy({
      PolicyName: "no-copies",
      PolicyDocument: policy("Deny", "ec2:CopySnapshot"),
    });
    await iam.attachRolePolicy({ RoleName: "inline", PolicyArn: deny!.Arn! });
    expect([may(arn), may(arn, "ec2:CreateSnapshot")]).toEqual([false, true]);
    await iam.detachRolePolicy({ RoleName: "inline", PolicyArn: deny!.Arn! });
    await iam.deleteRolePolicy({ RoleName: "inline", PolicyName: "p" });
    expect(may(arn, "ec2:CreateSnapshot")).toBe(false);
  });

  it("follows AWS's own policy for DLM", async () => {
    const arn = await newRole("managed");
    const PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSDataLifecycleManagerServiceRole";
    await iam.attachRolePolicy({ RoleName: "managed", PolicyArn });
    expect([may(arn), may(arn, "ec2:CreateTags"), may(arn, "kms:CreateGrant")]).toEqual([true, true, false]);
    const volume = "arn:aws:ec2:us-east-1:111122223333:volume/vol-1";
    expect(driven.sandbox.services.roles.allows(arn, "ec2:CreateTags", volume)).toBe(false);
  });

  it("follows a new default version of a managed policy, and a permissions boundary", async () => {
    const arn = await newRole("bounded");
    const { Policy: own } = await iam.createPolicy({ PolicyName: "own", PolicyDocument: policy("Allow", "s3:*") });
    await iam.attachRolePolicy({ RoleName: "bounded", PolicyArn: own!.Arn! });
    await iam.createPolicyVersion({
      PolicyArn: own!.Arn!,
      PolicyDocument: policy("Allow", "ec2:*"),
      SetAsDefault: true,
    });
    expect(may(arn)).toBe(true);
    const { Policy: boundary } = await iam.createPolicy({
      PolicyName: "boundary",
      PolicyDocument: policy("Allow", "ec2:Describe*"),
    });
    await iam.putRolePermissionsBoundary({ RoleName: "bounded", PermissionsBoundary: boundary!.Arn! });
    expect([may(arn), may(arn, "ec2:DescribeVolumes")]).toEqual([false, true]);
  });

  it("is nothing for a role that does not exist, and known for a session of one that does", async () => {
    const arn = await newRole("session");
    await iam.putRolePolicy({ RoleName: "session", PolicyName: "p", PolicyDocument: policy("Allow", "ec2:*") });
    expect(may("arn:aws:iam::111122223333:role/nobody")).toBe(false);
    expect(may(arn.replace(":role/", ":role/other/"))).toBe(false);
    expect(may("arn:aws:sts::111122223333:assumed-role/session/gameday-01")).toBe(true);
  });

  it("includes being assumed only by whom its trust policy names", async () => {
    const arn = await newRole("trusting");
    const { roles } = driven.sandbox.services;
    expect([roles.trusts(arn, "dlm.amazonaws.com"), roles.trusts(arn, "ec2.amazonaws.com")]).toEqual([true, false]);
  });
});

describe("roles", () => {
  it("are refused twice, and deleted only when nothing hangs on them", async () => {
    await newRole("full");
    expect(await refusal(newRole("full"))).toBe("EntityAlreadyExistsException: Role with name full already exists.");
    await iam.putRolePolicy({ RoleName: "full", PolicyName: "p", PolicyDocument: policy("Allow", "ec2:*") });
    await iam.createInstanceProfile({ InstanceProfileName: "full" });
    await iam.addRoleToInstanceProfile({ InstanceProfileName: "full", RoleName: "full" });
    const remove = () => refusal(iam.deleteRole({ RoleName: "full" }));
    expect(await remove()).toMatch(/must delete policies first/);
    await iam.deleteRolePolicy({ RoleName: "full", PolicyName: "p" });
    expect(await remove()).toMatch(/must remove roles from instance profile first/);
    await iam.removeRoleFromInstanceProfile({ InstanceProfileName: "full", RoleName: "full" });
    expect(await remove()).toBe("no error");
    expect(await refusal(iam.getRole({ RoleName: "full" }))).toBe(
      "NoSuchEntityException: The role with name full cannot be found.",
    );
  });

  it("do not take an ARN for a name, as the source article's configuration has it", async () => {
    const arn = await newRole("named");
    const put = iam.putRolePolicy({ RoleName: arn, PolicyName: "p", PolicyDocument: policy("Allow", "ec2:*") });
    expect(await refusal(put)).toMatch(/^NoSuchEntityException:/);
  });

  it.each([
    [
      "a policy that is no JSON",
      { RoleName: "bad", AssumeRolePolicyDocument: "{" },
      /^MalformedPolicyDocumentException:/,
    ],
    ["a name with a slash", { RoleName: "a/b", AssumeRolePolicyDocument: TRUST }, /^ValidationError:/],
    [
      "a tag of AWS's own",
      { RoleName: "bad", AssumeRolePolicyDocument: TRUST, Tags: [{ Key: "aws:x", Value: "" }] },
      /^InvalidInputException:/,
    ],
  ])("are refused with %s", async (_what, input, expected) => {
    expect(await refusal(iam.createRole(input))).toMatch(expected);
    expect(await refusal(iam.getRole({ RoleName: "bad" }))).toMatch(/^NoSuchEntityException:/);
  });

  it("cannot have an AWS policy that the sandbox does not know", async () => {
    await newRole("hopeful");
    const attach = iam.attachRolePolicy({
      RoleName: "hopeful",
      PolicyArn: "arn:aws:iam::aws:policy/AmazonS3FullAccess",
    });
    expect(await refusal(attach)).toMatch(/not known to the gameday sandbox/);
  });
});
