import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { awsToolEnvironment } from "../../src/cli/aws/aws-tool-environment.ts";
import { discoverTerraform } from "../../src/cli/terraform/discovery.ts";
import { startDrill } from "../../src/engine/run-drill.ts";
import type { ServiceScope } from "../../src/engine/step-kind.ts";
import { judge } from "../../src/evidence/verdict.ts";
import { RESOURCE_KINDS } from "../../src/resources/all.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { seedExistingInstance } from "../../src/sandbox/seed.ts";
import { defineStep } from "../../src/steps/define-step.ts";
import { terraformApply } from "../../src/steps/terraform/apply.ts";
import type { DrillServices } from "../../src/steps/services.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";
import { drillOf } from "../engine/harness.ts";
import { connectTo, servicesFor, step } from "../steps/rehearsal.ts";
import { GARBAGE_RARELY } from "./terraform-cli.ts";

const HOUR_MS = 3_600_000;
const home = await mkdtemp(join(tmpdir(), "gameday-makers-home-"));
afterAll(() => rm(home, { recursive: true, force: true }));
const { settings, lacking } = await discoverTerraform({
  env: { PATH: process.env["PATH"] ?? "", HOME: homedir() },
  homedir: homedir(),
  cwd: home,
  folder: join(home, "terraform"),
  reach: () => Promise.resolve(false),
});
// Nothing is called after tests that are all skipped.
if (lacking !== undefined) await rm(home, { recursive: true });
const why = lacking === undefined ? "" : ` (skipped: ${lacking})`;

/** A team's own module: two schedules, copies with a key of their own, and no tags of a run on what they make. */
const MAIN = `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.62" }
  }
}
provider "aws" {
  region = "us-east-1"
}
provider "aws" {
  alias  = "dr"
  region = "us-west-2"
}
resource "aws_iam_role" "dlm" {
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "dlm.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_role_policy" "dlm" {
  role   = aws_iam_role.dlm.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["ec2:*", "kms:*"], Resource = "*" }] })
}
resource "aws_kms_key" "dr" {
  provider                = aws.dr
  deletion_window_in_days = 7
}
resource "aws_dlm_lifecycle_policy" "own" {
  description        = "own module"
  execution_role_arn = aws_iam_role.dlm.arn
  policy_details {
    resource_types = ["VOLUME"]
    target_tags    = { Snapshot = "true" }
    dynamic "schedule" {
      for_each = [6, 12]
      content {
        name = "every \${schedule.value} hours"
        create_rule {
          interval      = schedule.value
          interval_unit = "HOURS"
          times         = ["10:00"]
        }
        retain_rule {
          count = 14
        }
        cross_region_copy_rule {
          target    = "us-west-2"
          encrypted = true
          cmk_arn   = aws_kms_key.dr.arn
          retain_rule {
            interval      = 3
            interval_unit = "DAYS"
          }
        }
      }
    }
  }
  depends_on = [aws_iam_role_policy.dlm]
}
`;

const waits = defineStep({
  uses: "test.wait",
  does: "Lets the policy work",
  input: z.strictObject({}),
  output: z.object({}),
  permissions: [],
  defaultTimeoutMs: 1_000 * HOUR_MS,
  async run({ clock, signal }) {
    await clock.sleep(100 * HOUR_MS, signal);
    return {};
  },
});

describe.skipIf(lacking !== undefined)(`what a policy makes that Terraform has made${why}`, () => {
  it("is gone with a run that one SIGINT stopped, in both Regions", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gameday-makers-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, "drill/terraform"), { recursive: true });
    await mkdir(join(folder, "run"));
    await writeFile(join(folder, "drill/terraform/main.tf"), MAIN);
    const clock = new VirtualClock({ speed: 0, startAt: Date.parse("2026-11-20T09:00:00Z") });
    const sandbox = await startSandbox({ clock, folder: join(folder, "sandbox") });
    const connection = connectTo(sandbox, clock);
    onTestFinished(async () => {
      await connection.close();
      await sandbox.close();
    });
    await seedExistingInstance(sandbox, { region: "us-east-1", drRegion: "us-west-2" });
    const left = async () =>
      (await clock.during(() => sandbox.inventory())).flatMap(({ type, region, id }) =>
        type === "ec2.snapshot" || type === "dlm.policy" ? [`${region} ${id}`] : [],
      );
    const drill = drillOf(
      {
        prepare: [
          step("stack", "terraform.apply", { directory: "terraform" }, { timeoutMs: HOUR_MS }),
          step("wait", "test.wait"),
        ],
      },
      {
        source: {
          path: join(folder, "drill/drill.yaml"),
          folder: join(folder, "drill"),
          text: "",
          sha256: "0".repeat(64),
        },
        safety: { accounts: ["111122223333"], maxDurationMs: 200 * HOUR_MS, teardownBudgetMs: HOUR_MS },
      },
    );
    let there: Promise<readonly string[]> | undefined;
    const running = await startDrill<DrillServices>(drill, {
      runId: "01JZZZZZZZZZZZZZZZZZZZZZZZ",
      runFolder: join(folder, "run"),
      clock,
      mode: "rehearsal",
      versions: { gameday: "0", node: "20" },
      process: { pid: 1, host: "test" },
      stepKinds: new Map([terraformApply, waits].map((kind) => [kind.uses, kind])),
      resourceKinds: RESOURCE_KINDS,
      services: (scope: ServiceScope) => ({
        ...servicesFor(connection, scope),
        terraform: { ...settings, environment: { ...settings.environment, ...GARBAGE_RARELY } },
        awsEnvironment: () => awsToolEnvironment(connection, scope),
      }),
      guard: async () => ({ account: "111122223333", arn: "arn:test", clockOffsetMs: {} }),
      judge,
      listeners: [
        (event) => {
          if (event.type === "step-started" && event.instance === "wait")
            void clock.sleep(20 * HOUR_MS).then(() => running.abort("SIGINT"));
          if (event.type === "abort-requested") there = left();
        },
      ],
    });
    const { record, exitCode } = await running.result;
    expect(record.steps.map(({ failure }) => failure?.code)).toEqual([undefined, "aborted"]);
    const regions = (await there)!.map((name) => name.split(" ")[0]);
    expect(new Set(regions)).toEqual(new Set(["us-east-1", "us-west-2"]));
    expect(regions.length).toBeGreaterThan(8);
    expect(await left()).toEqual([]);
    expect(record.ledger.filter(({ state }) => state !== "deleted")).toEqual([]);
    expect(exitCode).toBe(130);
    expect(record.findings.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      expect.stringMatching(
        /^policy-makes-untagged: what schedule "every (6|12) hours" of policy-.* Add "gameday:run"/,
      ),
      expect.stringContaining("copy_tags = true in its cross_region_copy_rule"),
    ]);
  });
});
