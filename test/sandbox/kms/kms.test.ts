import type { KMS } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { handDriven, refusal, type HandDriven } from "../hand-driven.ts";

let driven: HandDriven;
let kms: KMS;
let arn: string;

beforeAll(async () => {
  driven = await handDriven();
  kms = driven.kms("us-west-2");
  await driven.iam().createRole({
    RoleName: "dlm",
    AssumeRolePolicyDocument: JSON.stringify({
      Statement: [{ Effect: "Allow", Principal: { Service: "dlm.amazonaws.com" }, Action: "sts:AssumeRole" }],
    }),
  });
});
beforeEach(async () => {
  arn = (await kms.createKey({ Description: "DR copies" })).KeyMetadata!.Arn!;
});
afterAll(() => driven.close());

const ROLE = "arn:aws:iam::111122223333:role/dlm";
const ROOT = "arn:aws:iam::111122223333:root";
const DAY_MS = 86_400_000;

const whyUnusable = (principal?: string, region = "us-west-2") =>
  driven.sandbox.services.keys.whyUnusable(region, arn, principal);

function keyPolicy(...statements: object[]): string {
  const root = { Effect: "Allow", Principal: { AWS: ROOT }, Action: "kms:*", Resource: "*" };
  return JSON.stringify({ Version: "2012-10-17", Statement: [root, ...statements] });
}

describe("whether EBS can use a key", () => {
  it("depends on its state", async () => {
    expect(whyUnusable()).toBeUndefined();
    await kms.disableKey({ KeyId: arn });
    expect(whyUnusable()).toMatch(/is disabled$/);
    await kms.enableKey({ KeyId: arn });
    await kms.scheduleKeyDeletion({ KeyId: arn, PendingWindowInDays: 7 });
    expect(whyUnusable()).toMatch(/is pending deletion$/);
    await kms.cancelKeyDeletion({ KeyId: arn });
    expect(whyUnusable()).toMatch(/is disabled$/);
  });

  it("is out of the question in another Region, and once the key is gone", async () => {
    expect(whyUnusable(undefined, "us-east-1")).toMatch(/does not exist in us-east-1$/);
    await kms.createAlias({ AliasName: "alias/going", TargetKeyId: arn });
    await kms.scheduleKeyDeletion({ KeyId: arn, PendingWindowInDays: 7 });
    await driven.pass(7 * DAY_MS + 1);
    expect(whyUnusable()).toMatch(/does not exist/);
    expect(await refusal(kms.describeKey({ KeyId: arn }))).toMatch(/^NotFoundException:/);
    expect(driven.history("kms.key", arn.split("/")[1]!)).toEqual(["Enabled", "PendingDeletion", "deleted"]);
    expect(JSON.stringify(await kms.listAliases({}))).not.toContain("alias/going");
  });

  it("depends for a role on its own policies where the key delegates to the account", async () => {
    const iam = driven.iam();
    expect(whyUnusable(ROLE)).toMatch(
      /may not kms:CreateGrant, kms:DescribeKey, kms:Decrypt, kms:GenerateDataKeyWithoutPlaintext on/,
    );
    const statement = {
      Effect: "Allow",
      Action: ["kms:CreateGrant", "kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: arn,
      Condition: { Bool: { "kms:GrantIsForAWSResource": true } },
    };
    await iam.putRolePolicy({
      RoleName: "dlm",
      PolicyName: "keys",
      PolicyDocument: JSON.stringify({ Statement: [statement] }),
    });
    expect(whyUnusable(ROLE)).toBeUndefined();
    await iam.deleteRolePolicy({ RoleName: "dlm", PolicyName: "keys" });
    expect(whyUnusable(ROLE)).toBeDefined();
  });

  it("depends for a role on the key policy, where a Deny wins", async () => {
    const allow = { Effect: "Allow", Principal: { AWS: ROLE }, Action: "kms:*", Resource: "*" };
    await kms.putKeyPolicy({ KeyId: arn, Policy: keyPolicy(allow) });
    expect(whyUnusable(ROLE)).toBeUndefined();
    await kms.putKeyPolicy({
      KeyId: arn,
      Policy: keyPolicy(allow, { ...allow, Effect: "Deny", Action: "kms:CreateGrant" }),
    });
    expect(whyUnusable(ROLE)).toBe(`${ROLE} may not kms:CreateGrant on ${arn}`);
  });

  it("is no question for the account's operator, nor for the default key", async () => {
    expect(whyUnusable("arn:aws:iam::111122223333:user/gameday")).toBeUndefined();
    expect(driven.sandbox.services.keys.whyUnusable("us-west-2", "alias/aws/ebs", ROLE)).toBeUndefined();
  });
});

describe("the default key for EBS", () => {
  it("appears in every Region when it is asked for, as another key", async () => {
    const [east, west] = await Promise.all(
      ["eu-west-1", "eu-central-1"].map((region) => driven.kms(region).describeKey({ KeyId: "alias/aws/ebs" })),
    );
    expect(east!.KeyMetadata).toMatchObject({ KeyManager: "AWS", KeyState: "Enabled" });
    expect(east!.KeyMetadata!.Arn).not.toBe(west!.KeyMetadata!.Arn);
    expect(driven.sandbox.services.keys.find("eu-west-1", "alias/aws/ebs")?.arn).toBe(east!.KeyMetadata!.Arn);
  });
});

describe("keys", () => {
  it("are found by id, ARN, alias and ARN of the alias", async () => {
    await kms.createAlias({ AliasName: "alias/dr", TargetKeyId: arn });
    const names = [arn, arn.split("/")[1]!, "alias/dr", "arn:aws:kms:us-west-2:111122223333:alias/dr"];
    for (const KeyId of names) expect((await kms.describeKey({ KeyId })).KeyMetadata?.Arn).toBe(arn);
    expect(await refusal(driven.kms("us-east-1").describeKey({ KeyId: arn }))).toMatch(/^NotFoundException:/);
  });

  it.each([
    ["that nobody could change again", { Statement: [] as object[] }],
    [
      "for another role only",
      { Statement: [{ Effect: "Allow", Principal: { AWS: ROLE }, Action: "kms:*", Resource: "*" }] },
    ],
    [
      "that names a role which does not exist",
      {
        Statement: [
          { Effect: "Allow", Principal: { AWS: ROOT }, Action: "kms:*", Resource: "*" },
          { Effect: "Allow", Principal: { AWS: `${ROLE}-of-old` }, Action: "kms:*", Resource: "*" },
        ],
      },
    ],
  ])("refuse a policy %s", async (_what, policy) => {
    const put = kms.putKeyPolicy({ KeyId: arn, Policy: JSON.stringify(policy) });
    expect(await refusal(put)).toMatch(/^MalformedPolicyDocumentException:/);
    expect((await kms.getKeyPolicy({ KeyId: arn })).Policy).toContain(ROOT);
  });

  it("refuse changes while they wait for their deletion", async () => {
    await kms.scheduleKeyDeletion({ KeyId: arn });
    expect(await refusal(kms.enableKey({ KeyId: arn }))).toMatch(/^KMSInvalidStateException:/);
    expect(await refusal(kms.scheduleKeyDeletion({ KeyId: arn }))).toMatch(/^KMSInvalidStateException:/);
  });
});
