import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { handDriven, type HandDriven } from "../sandbox/hand-driven.ts";

const run = promisify(execFile);
const PATH = process.env["PATH"] ?? "";

const version = cliVersion();
const skipped = version === undefined ? " (skipped: no aws CLI on the PATH)" : "";

let driven: HandDriven;

beforeAll(async () => {
  driven = await handDriven();
});
afterAll(() => driven.close());

const DAY_MS = 86_400_000;
const TRUST = JSON.stringify({
  Statement: [{ Effect: "Allow", Principal: { Service: "dlm.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** What the CLI prints, parsed; its message when it fails. */
async function aws(...args: string[]): Promise<unknown> {
  const env = { ...driven.sandbox.environment, PATH };
  try {
    const { stdout } = await run("aws", [...args, "--output", "json"], { env });
    return stdout.trim() === "" ? undefined : JSON.parse(stdout);
  } catch (error) {
    return (error as { stderr: string }).stderr.trim();
  }
}

describe("the AWS CLI on the sandbox", () => {
  it.skipIf(skipped)(`speaks every protocol, days after the machine's clock${skipped}`, async () => {
    await driven.pass(40 * DAY_MS);
    const details = {
      ResourceTypes: ["VOLUME"],
      TargetTags: [{ Key: "Snapshot", Value: "true" }],
      Schedules: [{ Name: "daily", CreateRule: { Interval: 24, IntervalUnit: "HOURS" }, RetainRule: { Count: 1 } }],
    };
    const alarm =
      "--alarm-name errors --namespace App --metric-name Errors --statistic Sum --period 60 --evaluation-periods 1";
    const threshold = "--threshold 1 --comparison-operator GreaterThanOrEqualToThreshold";
    const [identity, key, role, put] = await Promise.all([
      aws("sts", "get-caller-identity"),
      aws("kms", "create-key", "--region", "us-west-2", "--description", "DR copies"),
      aws("iam", "create-role", "--role-name", "dlm", "--assume-role-policy-document", TRUST),
      aws("cloudwatch", "put-metric-alarm", ...alarm.split(" "), ...threshold.split(" ")),
    ]);
    expect(identity).toMatchObject({ Account: "111122223333" });
    expect(key).toMatchObject({ KeyMetadata: { KeyState: "Enabled", Description: "DR copies" } });
    expect(role).toMatchObject({ Role: { RoleName: "dlm", AssumeRolePolicyDocument: JSON.parse(TRUST) } });
    expect(put).toBeUndefined();

    const [policy, datum, missing, unimplemented] = await Promise.all([
      aws(
        "dlm",
        "create-lifecycle-policy",
        "--description=daily",
        "--state=ENABLED",
        "--execution-role-arn=arn:aws:iam::111122223333:role/dlm",
        `--policy-details=${JSON.stringify(details)}`,
      ),
      aws("cloudwatch", "put-metric-data", "--namespace", "App", "--metric-name", "Errors", "--value", "2"),
      aws("kms", "describe-key", "--key-id", "alias/none"),
      aws("kms", "generate-random", "--number-of-bytes", "8"),
    ]);
    expect(datum).toBeUndefined();
    expect(missing).toMatch(
      /An error occurred \(NotFoundException\) when calling the DescribeKey operation: Alias .* is not found/,
    );
    expect(unimplemented).toContain("kms:GenerateRandom is not implemented by the gameday sandbox");

    const { PolicyId: id } = policy as { PolicyId: string };
    const [found, alarms] = await Promise.all([
      aws("dlm", "get-lifecycle-policy", "--policy-id", id),
      aws("cloudwatch", "describe-alarms", "--alarm-names", "errors"),
    ]);
    expect(found).toMatchObject({ Policy: { State: "ENABLED", PolicyDetails: details } });
    expect(alarms).toMatchObject({ MetricAlarms: [{ AlarmName: "errors", StateValue: "ALARM", Threshold: 1 }] });
  });
});

function cliVersion(): string | undefined {
  try {
    return execFileSync("aws", ["--version"], { encoding: "utf8" });
  } catch {
    return undefined;
  }
}
