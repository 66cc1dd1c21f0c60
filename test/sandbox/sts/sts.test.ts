import { STS } from "@aws-sdk/client-sts";
import { afterEach, describe, expect, it } from "vitest";
import { clientSettings } from "../client-settings.ts";
import { handDriven, HOUR, refusal, type HandDriven } from "../hand-driven.ts";

let driven: HandDriven;

afterEach(() => driven.close());

const ROLE = "arn:aws:iam::111122223333:role/drill";

async function withRole(principal: string, options: { enforceExpiry?: boolean } = {}): Promise<STS> {
  driven = await handDriven(options);
  const statement = { Effect: "Allow", Principal: { AWS: principal }, Action: "sts:AssumeRole" };
  await driven
    .iam()
    .createRole({ RoleName: "drill", AssumeRolePolicyDocument: JSON.stringify({ Statement: [statement] }) });
  return new STS(clientSettings(driven.sandbox));
}

async function sessionOf(sts: STS): Promise<STS> {
  const { Credentials: granted } = await sts.assumeRole({ RoleArn: ROLE, RoleSessionName: "gameday-01" });
  const credentials = {
    accessKeyId: granted!.AccessKeyId!,
    secretAccessKey: granted!.SecretAccessKey!,
    sessionToken: granted!.SessionToken!,
  };
  return new STS({ ...clientSettings(driven.sandbox), credentials });
}

describe("AssumeRole", () => {
  it("gives a session that is the caller from then on", async () => {
    const session = await sessionOf(await withRole("arn:aws:iam::111122223333:root"));
    await expect(session.getCallerIdentity({})).resolves.toMatchObject({
      Account: "111122223333",
      Arn: "arn:aws:sts::111122223333:assumed-role/drill/gameday-01",
    });
  });

  it("is refused by a role that trusts somebody else, or does not exist", async () => {
    const sts = await withRole("arn:aws:iam::111122223333:user/other");
    const assume = (RoleArn: string) => refusal(sts.assumeRole({ RoleArn, RoleSessionName: "s" }));
    expect(await assume(ROLE)).toMatch(/^AccessDenied: .* is not authorized to perform: sts:AssumeRole on resource/);
    expect(await assume(`${ROLE}-of-old`)).toMatch(/^AccessDenied:/);
  });

  it("refuses a duration that STS refuses", async () => {
    const sts = await withRole("arn:aws:iam::111122223333:root");
    const assume = sts.assumeRole({ RoleArn: ROLE, RoleSessionName: "s", DurationSeconds: 60 });
    expect(await refusal(assume)).toMatch(/^ValidationError:/);
  });
});

describe("sessions", () => {
  it("end on the sandbox's clock where that is asked for", async () => {
    const session = await sessionOf(await withRole("arn:aws:iam::111122223333:root", { enforceExpiry: true }));
    await session.getCallerIdentity({});
    await driven.pass(HOUR + 1);
    expect(await refusal(session.getCallerIdentity({}))).toMatch(/^ExpiredToken/);
  });

  it("outlive it otherwise, because SDKs renew by the machine's clock", async () => {
    const session = await sessionOf(await withRole("arn:aws:iam::111122223333:root"));
    await driven.pass(24 * HOUR);
    await expect(session.getCallerIdentity({})).resolves.toBeDefined();
  });

  it("that were never given out are unknown", async () => {
    driven = await handDriven();
    const credentials = { accessKeyId: "ASIA0000000000000000", secretAccessKey: "x", sessionToken: "x" };
    const sts = new STS({ ...clientSettings(driven.sandbox), credentials });
    expect(await refusal(sts.getCallerIdentity({}))).toMatch(/^InvalidClientTokenId:/);
  });
});
