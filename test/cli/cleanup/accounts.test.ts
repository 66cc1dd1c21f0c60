import { IAM } from "@aws-sdk/client-iam";
import { ulid } from "ulid";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { openAccounts, type AccountsRequest } from "../../../src/cli/cleanup/accounts.ts";
import type { KnownRun } from "../../../src/cli/cleanup/known-runs.ts";
import { readRun } from "../../../src/cli/runs/read-run.ts";
import type { Call } from "../../../src/sandbox/gateway/call.ts";
import { clientSettings } from "../../sandbox/client-settings.ts";
import { capturedIo, type CapturedIo } from "../captured-io.ts";
import { killedRun, QUICK_DRILL } from "../killed-run.ts";
import { sandboxOf, type StandaloneSandbox } from "../standalone-sandbox.ts";

const ENVIRONMENT = { ...process.env };
const ACCOUNT = "111122223333";
const REGION = "us-east-1";
const AS_THEY_ARE = /^arn:aws:iam::111122223333:/;
const IN_THE_ROLE = /:assumed-role\/drills\/gameday-cleanup$/;

let sandbox: StandaloneSandbox;
let io: CapturedIo;
/** Who has called anything but for a role, in order. */
let callers: string[];
const ending: (() => unknown)[] = [];
beforeAll(async () => {
  const interceptors = [
    ({ operation, principalArn }: Call): undefined => {
      if (operation !== "AssumeRole") callers.push(principalArn);
    },
  ];
  sandbox = await sandboxOf({ interceptors }, (work) => void ending.push(work));
  // The SDK looks for credentials there.
  Object.assign(process.env, sandbox.environment);
  callers = [];
  const iam = new IAM(clientSettings(sandbox));
  const trust = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: "sts:AssumeRole" };
  await iam.createRole({
    RoleName: "drills",
    AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
  });
  iam.destroy();
});
beforeEach(async () => {
  io = await capturedIo(sandbox.environment);
  callers = [];
  onTestFinished(() => io[Symbol.asyncDispose]());
});
afterAll(async () => {
  Object.assign(process.env, ENVIRONMENT);
  for (const name of Object.keys(sandbox.environment)) if (!(name in ENVIRONMENT)) delete process.env[name];
  for (const work of ending) await work();
});

/** A run whose folder is here, and whose drill assumes that role if one is given. */
async function run(role?: string): Promise<KnownRun> {
  const runId = ulid();
  const assumes = role === undefined ? "" : `assumeRole: { roleArn: "arn:aws:iam::${ACCOUNT}:role/${role}" }\n`;
  const path = await killedRun({ cwd: io.cwd, runId, sandbox, made: [], drill: QUICK_DRILL + assumes });
  return { folder: { runId, path }, ...(await readRun(path)) };
}

async function open(known: readonly KnownRun[], more: Partial<AccountsRequest> = {}) {
  const { hands, unseen } = await openAccounts({ io, known, region: REGION, ...more });
  onTestFinished(async () => void (await Promise.all(hands.map(({ connection }) => connection.close()))));
  return { hands, accounts: hands.map(({ account }) => account), unseen };
}

describe("as whom cleanup looks", () => {
  it("is as the credentials are, for an account that is named and for runs that did so", async () => {
    expect(await open([], { account: ACCOUNT })).toMatchObject({ accounts: [ACCOUNT], unseen: [] });
    expect(await open([await run()])).toMatchObject({ accounts: [ACCOUNT], unseen: [] });
    expect(callers).toEqual([expect.stringMatching(AS_THEY_ARE), expect.stringMatching(AS_THEY_ARE)]);
  });

  it("is in the role that the runs' drill assumes, and in that alone", async () => {
    const { accounts, hands } = await open([await run("drills"), await run("drills")]);
    expect(accounts).toEqual([ACCOUNT]);
    await (await hands[0]!.services("us-west-2", "").aws.ec2("us-west-2")).describeVolumes({});
    expect(callers).toEqual([expect.stringMatching(IN_THE_ROLE), expect.stringMatching(IN_THE_ROLE)]);
  });

  it("is one for each account: where both lead to one, as the credentials are", async () => {
    const { accounts, hands } = await open([await run("drills"), await run()]);
    expect(accounts).toEqual([ACCOUNT]);
    callers = [];
    await (await hands[0]!.services("us-west-2", "").aws.ec2("us-west-2")).describeVolumes({});
    expect(callers).toEqual([expect.stringMatching(AS_THEY_ARE)]);
  });

  it("is told where it could not be, and keeps nothing else from being looked for", async () => {
    const { accounts, unseen } = await open([await run("nobody"), await run()]);
    expect(accounts).toEqual([ACCOUNT]);
    expect(unseen).toEqual([expect.stringContaining("role/nobody")]);
    await expect(open([await run("nobody")])).rejects.toMatchObject({ details: { fixer: "operator" } });
  });

  it("is nobody's role of a run that never got past its guard: that has made nothing", async () => {
    const { record, ...rest } = await run("nobody");
    const { identity: _identity, ...refused } = record;
    const known = [{ ...rest, record: refused }];
    expect(await open(known, { account: ACCOUNT })).toMatchObject({ accounts: [ACCOUNT], unseen: [] });
    await expect(open(known)).rejects.toMatchObject({
      details: { code: "account-not-confirmed", message: expect.stringContaining("no run here names an account") },
    });
  });

  it("is the named profile, whatever the environment has", async () => {
    await expect(open([await run()], { profile: "nobody-has-such-a-profile" })).rejects.toMatchObject({
      details: { code: "no-credentials", message: expect.stringContaining("nobody-has-such-a-profile") },
    });
  });
});

describe("cleanup is refused", () => {
  it("in an account that was not named, though runs here were made in it, and without another call", async () => {
    await expect(open([await run()], { account: "999900001111" })).rejects.toMatchObject({
      details: {
        code: "account-not-confirmed",
        consequence: "refused",
        message: expect.stringMatching(/of account 111122223333 .*, and the runs here were made in 999900001111$/),
        next: expect.stringContaining(`--account ${ACCOUNT}`),
      },
    });
    expect(callers).toHaveLength(1);
  });

  it("at once where nothing answers at the endpoint", async () => {
    const env = { ...sandbox.environment, AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
    const refused = open([await run()], { io: { ...io, env } });
    await expect(refused).rejects.toMatchObject({ details: { code: "endpoint-unreachable", consequence: "refused" } });
    expect(callers).toEqual([]);
  });
});

it("what is found beside it is noted on the terminal, for there is no journal", async () => {
  const { hands } = await open([], { account: ACCOUNT });
  const { scope } = hands[0]!.services("us-west-2", "");
  await scope.finding({ code: "kept-in-recycle-bin", severity: "warning", message: "snap-1 is kept" });
  expect(io.err()).toBe("note: snap-1 is kept\n");
});
