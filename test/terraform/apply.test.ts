import { chmod, readFile, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FailureRecord } from "../../src/engine/failure.ts";
import { APPLY, callsOf, fake, startRig, step, temporaryFolder, type Rig } from "./terraform-run.ts";

const HELLO = ["hello"];

async function failureOf(rig: Rig): Promise<FailureRecord> {
  const { record } = await rig.result;
  const failure = record.steps[0]?.failure;
  if (!failure) throw new Error("the step has not failed");
  return failure;
}

describe("an apply that works", () => {
  test("hands on outputs, counts resources, names the tools and leaves nothing", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({
        apply: [
          HELLO,
          ["outputs", { volume_id: { sensitive: false, action: "create" } }],
          ["summary", "plan"],
          ["start", "t.n"],
          ["complete", "t.n"],
          ["state", 1],
          ["summary", "apply"],
          [
            "outputs",
            { volume_id: { sensitive: false, type: "string", value: "vol-1" }, sizes: { value: [1, { a: null }] } },
          ],
        ],
      }),
    });
    const { record } = await rig.result;
    expect(record.steps[0]).toMatchObject({
      outcome: "passed",
      outputs: { outputs: { volume_id: "vol-1", sizes: [1, { a: null }] }, resources: 1, terraformVersion: "1.11.4" },
    });
    expect(record.ledger).toMatchObject([{ kind: "terraform.stack", id: "terraform/it", state: "deleted" }]);
    expect(record.tools.map(({ tool, version }) => `${tool} ${version}`)).toEqual([
      "terraform 1.11.4",
      "provider registry.terraform.io/hashicorp/aws 5.100.0",
    ]);
    expect((await callsOf(rig)).map((call) => call.command)).toEqual(["init", "version", "apply", "destroy"]);
  });

  test("the process gets nothing of ours but the settings, the credentials and the run's tags", async () => {
    process.env["GAMEDAY_TEST_LEAK"] = "leaked";
    const rig = await startRig({ steps: [APPLY], files: fake({}), awsEnvironment: { AWS_ACCESS_KEY_ID: "AKIA" } });
    await rig.result;
    delete process.env["GAMEDAY_TEST_LEAK"];
    const { PATH, ...env } = (await callsOf(rig)).find((call) => call.command === "apply")!.env;
    expect(PATH).toBeTruthy();
    expect(env).toEqual({
      AWS_ACCESS_KEY_ID: "AKIA",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      CHECKPOINT_DISABLE: "1",
      TF_IN_AUTOMATION: "1",
      TF_INPUT: "0",
      "TF_AWS_DEFAULT_TAGS_gameday:drill": "test-drill",
      "TF_AWS_DEFAULT_TAGS_gameday:run": "01TEST",
      "TF_AWS_DEFAULT_TAGS_gameday:step": "it",
    });
  });

  test("variables travel in a file that is gone with the stack, never as arguments", async () => {
    const variables = { name: "it's $(here)", sizes: [1, 2], nested: { a: null } };
    const seen: string[] = [];
    const rig = await startRig({
      steps: [step("terraform.apply", { directory: "terraform", variables })],
      files: fake({}),
      onEvent: (event) => {
        if (event.type === "resource-created") seen.push(event.key);
      },
    });
    const { record } = await rig.result;
    expect(record.steps[0]?.outcome).toBe("passed");
    expect(JSON.stringify((await callsOf(rig)).map((call) => call.args))).not.toContain("here");
    await expect(stat(join(rig.runFolder, "terraform/it/zzzz_gameday.auto.tfvars.json"))).rejects.toThrow("ENOENT");
  });

  test("sensitive outputs reach expressions and never the journal; what cannot be kept secret is withheld", async () => {
    const secret = "hunter2-of-the-database";
    const rig = await startRig({
      steps: [
        APPLY,
        {
          ...step("command.run", {
            command: ["/bin/sh", "-c", 'printf "%s" "$1" | wc -c', "sh", "${{ steps.it.outputs.password }}"],
          }),
          id: "use",
        },
      ],
      files: fake({
        apply: [
          HELLO,
          ["state", 1],
          ["summary", "apply"],
          [
            "outputs",
            { password: { sensitive: true }, pin: { sensitive: true }, open: { sensitive: false, value: "shown" } },
          ],
        ],
        output: [["json", { password: { value: secret }, pin: { value: 1234 }, open: { value: "shown" } }]],
      }),
    });
    const { record } = await rig.result;
    expect(record.steps[1]?.outputs).toMatchObject({ stdout: String(secret.length) });
    expect(record.steps[0]?.outputs["outputs"]).toEqual({ open: "shown", password: "[redacted]" });
    expect(record.findings.map((finding) => finding.code)).toEqual(["sensitive-output-withheld"]);
    expect(await rig.journal()).not.toContain(secret);
  });

  test("lines that are no JSON, unknown types and malformed events change nothing", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({
        apply: [
          ["print", "panic-ish text"],
          ["complain", "a line on stderr"],
          HELLO,
          ["json", { type: "brand_new_thing", anything: 1 }],
          ["json", { type: "apply_complete", hook: "not an object" }],
          ["json", [1, 2]],
          ["print", "{broken"],
          ["state", 2],
          ["summary", "apply"],
        ],
      }),
    });
    const { record } = await rig.result;
    expect(record.steps[0]).toMatchObject({ outcome: "passed", outputs: { resources: 2 } });
  });

  test("a second attempt goes on in the same working copy, and the stack is destroyed once", async () => {
    const rig = await startRig({
      steps: [{ ...APPLY, retry: { attempts: 2, delayMs: 1 } }],
      files: fake({ apply: [HELLO, ["state", 1], ["diagnostic", { summary: "flaky" }], ["exit", 1]] }),
    });
    const { record } = await rig.result;
    expect(record.steps[0]).toMatchObject({ outcome: "failed", attempts: 2 });
    expect(record.ledger.map((entry) => entry.state)).toEqual(["deleted", "deleted"]);
    const commands = (await callsOf(rig)).map((call) => call.command);
    expect(commands).toEqual(["init", "version", "apply", "init", "version", "apply", "destroy"]);
  });
});

describe("an apply that fails", () => {
  test("init: Terraform's own diagnostics, and nothing was intended", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({
        init: [
          ["diagnostic", { summary: "Failed to query available provider packages", detail: "no such host" }],
          ["exit", 1],
        ],
      }),
    });
    expect(await failureOf(rig)).toEqual({
      code: "terraform-init-failed",
      message: "terraform init failed: Failed to query available provider packages",
      fixer: "drill author",
      next: "gameday doctor shows which terraform and which provider are found",
      details: ["Error: Failed to query available provider packages", "  no such host"],
    });
    expect((await rig.result).record.ledger).toEqual([]);
  });

  test("init of a Terraform that has no -json is done without", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({
        init: [
          ["complain", "flag provided but not defined: -json"],
          ["exit", 1],
        ],
      }),
    });
    expect(await failureOf(rig)).toMatchObject({ code: "terraform-init-failed" });
    expect((await callsOf(rig)).map((call) => call.args.includes("-json"))).toEqual([true, false]);
  });

  test("apply: summary, address, place, line and detail; what exists by then is destroyed", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({
        apply: [
          HELLO,
          ["start", "aws_x.y"],
          ["complete", "aws_x.y"],
          ["state", 1],
          [
            "diagnostic",
            {
              summary: "creating IAM Role",
              detail: "operation error IAM:\n\nAccessDenied \u001b[31mred\u001b[0m",
              address: "aws_iam_role.dlm",
              range: { filename: "iam.tf", start: { line: 12 } },
              snippet: { code: 'resource "aws_iam_role" "dlm" {', context: 'resource "aws_iam_role" "dlm"' },
            },
          ],
          ["exit", 1],
        ],
      }),
    });
    expect(await failureOf(rig)).toMatchObject({
      code: "terraform-apply-failed",
      message: "terraform apply failed: creating IAM Role (aws_iam_role.dlm)",
      details: [
        "Error: creating IAM Role",
        "  with aws_iam_role.dlm",
        '  on iam.tf line 12, in resource "aws_iam_role" "dlm":',
        '    12: resource "aws_iam_role" "dlm" {',
        "  operation error IAM:",
        "  AccessDenied red",
      ],
    });
    expect((await rig.result).record.ledger).toMatchObject([{ state: "deleted", id: "terraform/it" }]);
  });

  test("a held lock has a code of its own", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({
        apply: [HELLO, ["diagnostic", { summary: "Error acquiring the state lock", detail: "ID: 4711" }], ["exit", 1]],
      }),
    });
    expect(await failureOf(rig)).toMatchObject({ code: "terraform-state-locked", fixer: "operator" });
  });

  test.each([
    [
      "says nothing that can be read",
      [["print", "Usage: something else entirely"]],
      "it printed nothing of Terraform's",
    ],
    [
      "speaks another version of the UI",
      [
        ["hello", "2.0"],
        ["summary", "apply"],
      ],
      "its output is of version 2.0",
    ],
    ["ends without a summary", [HELLO], "it printed no change summary"],
  ])("exit code 0 proves nothing when it %s", async (_how, apply, said) => {
    const rig = await startRig({ steps: [APPLY], files: fake({ apply }) });
    const failure = await failureOf(rig);
    expect(failure.code).toBe("terraform-not-understood");
    expect(failure.message).toContain(said);
  });

  test("text that is no JSON is shown when it is all there is", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({
        apply: [
          ["complain", "panic: runtime error"],
          ["exit", 2],
        ],
      }),
    });
    expect(await failureOf(rig)).toMatchObject({ code: "terraform-apply-failed", details: ["panic: runtime error"] });
  });

  test("no terraform at all", async () => {
    const rig = await startRig({ steps: [APPLY], files: fake({}), terraform: { binary: undefined as never } });
    expect(await failureOf(rig)).toMatchObject({ code: "terraform-missing", fixer: "operator" });
  });

  test("a program that cannot be started", async () => {
    const folder = await temporaryFolder();
    const rig = await startRig({ steps: [APPLY], files: fake({}), terraform: { binary: join(folder, "gone") } });
    expect(await failureOf(rig)).toMatchObject({ code: "terraform-not-started" });
  });

  test("another version than the drill needs", async () => {
    const rig = await startRig({
      steps: [step("terraform.apply", { directory: "terraform", version: "1.1" })],
      files: fake({}),
    });
    expect(await failureOf(rig)).toMatchObject({
      code: "terraform-version",
      message: "the drill needs terraform 1.1, and 1.11.4 is installed",
    });
  });

  test.each([["/etc"], [".."], ["terraform/../.."], ["a\0b"], [""], ["gone"]])(
    "directory %j is refused",
    async (directory) => {
      const rig = await startRig({ steps: [step("terraform.apply", { directory })], files: fake({}) });
      expect((await failureOf(rig)).code).toMatch(/^(invalid-input|drill-directory)$/);
    },
  );

  test("a directory that links out of the drill's folder, and a file that links out of the directory", async () => {
    const folder = await temporaryFolder();
    const rig = await startRig({ steps: [], files: fake({}), folder });
    await rig.result;
    await symlink("/etc", join(folder, "drill/outside"));
    const out = await startRig({
      steps: [step("terraform.apply", { directory: "outside" })],
      folder,
      runName: "run-2",
    });
    expect(await failureOf(out)).toMatchObject({ code: "drill-directory" });
    await symlink("/etc/hostname", join(folder, "drill/terraform/file.txt"));
    const file = await startRig({ steps: [APPLY], folder, runName: "run-3" });
    expect(await failureOf(file)).toMatchObject({ code: "terraform-directory" });
  });
});

describe("interrupted and killed", () => {
  const UNTIL_INTERRUPTED = [HELLO, ["start", "t.n"], ["state", 1], ["untilInterrupted", "t.n"]] as const;

  test("an abort sends exactly one SIGINT, waits for the end, and destroys what is in the state", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({ apply: UNTIL_INTERRUPTED }),
      onEvent: (event) => {
        if (event.type === "step-progress" && event.message.startsWith("t.n: Creating")) rig.abort("SIGINT");
      },
    });
    const { record } = await rig.result;
    expect(record.steps[0]).toMatchObject({ outcome: "aborted" });
    expect((await callsOf(rig)).map((call) => call.command)).toEqual(["init", "version", "apply", "SIGINT", "destroy"]);
    expect(record.ledger).toMatchObject([{ state: "deleted" }]);
  });

  test("killed in the middle of a creation: the resource is in no state, so teardown says what may remain", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({
        apply: [HELLO, ["start", "t.done"], ["complete", "t.done"], ["state", 1], ["start", "t.lost"], ["killed"]],
      }),
    });
    expect(await failureOf(rig)).toMatchObject({
      code: "terraform-killed",
      message: "terraform apply was killed by SIGKILL",
    });
    const leaked = rig.events.find((event) => event.type === "resource-leaked");
    expect(leaked?.failure).toMatchObject({ code: "terraform-state-lost", details: ["t.lost"] });
    expect(leaked?.failure.next).toContain("Key=gameday:run,Values=01TEST");
    expect((await callsOf(rig)).map((call) => call.command)).toContain("destroy");
  });

  test("a state without a byte is not an empty one", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({ apply: [HELLO, ["start", "t.n"], ["write", "terraform.tfstate", ""], ["killed"]] }),
    });
    expect(await failureOf(rig)).toMatchObject({ code: "terraform-state-lost" });
    expect((await rig.result).record.ledger).toMatchObject([{ state: "leaked" }]);
  });

  test("killed before anything was begun: never created", async () => {
    const rig = await startRig({ steps: [APPLY], files: fake({ apply: [HELLO, ["killed"]] }) });
    const { record } = await rig.result;
    expect(record.ledger.map((entry) => entry.state)).toEqual(["deleted"]);
    expect((await callsOf(rig)).map((call) => call.command)).not.toContain("destroy");
  });

  test("a state that could not be written is in errored.tfstate, and teardown uses it", async () => {
    const errored = JSON.stringify({ version: 4, serial: 3, resources: [{ mode: "managed", instances: [{}] }] });
    const rig = await startRig({
      steps: [APPLY],
      files: fake({
        apply: [HELLO, ["start", "t.n"], ["complete", "t.n"], ["write", "errored.tfstate", errored], ["exit", 1]],
      }),
    });
    expect(await failureOf(rig)).toMatchObject({ code: "terraform-state-unwritten" });
    expect((await rig.result).record.ledger).toMatchObject([{ state: "deleted" }]);
    expect((await callsOf(rig)).map((call) => call.command)).toContain("destroy");
  });

  test("a destroy that fails leaks the stack by name, with Terraform's diagnostics", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({ destroy: [HELLO, ["diagnostic", { summary: "DependencyViolation" }], ["exit", 1]] }),
    });
    const { record } = await rig.result;
    expect(record.ledger).toMatchObject([{ id: "terraform/it", state: "leaked" }]);
    const leaked = rig.events.find((event) => event.type === "resource-leaked");
    expect(leaked?.failure.message).toBe("terraform destroy failed: DependencyViolation");
    expect(await readFile(join(rig.runFolder, "terraform/it/terraform.tfstate"), "utf8")).toContain("managed");
  });

  test("a destroy that says it succeeded and left resources in the state is not believed", async () => {
    const rig = await startRig({ steps: [APPLY], files: fake({ destroy: [HELLO, ["summary", "destroy"]] }) });
    expect((await rig.result).record.ledger).toMatchObject([{ state: "leaked" }]);
  });
});

test("the working copy is private and leaves out any state, and what is copied can be written", async () => {
  const folder = await temporaryFolder();
  const files = {
    ...fake({ apply: [HELLO, ["summary", "apply"]] }),
    "terraform/terraform.tfstate": "{}",
    "terraform/.terraform.lock.hcl": "",
  };
  const first = await startRig({ steps: [], files, folder });
  await first.result;
  await chmod(join(folder, "drill/terraform/.terraform.lock.hcl"), 0o444);
  const rig = await startRig({ steps: [APPLY], folder, runName: "run-4" });
  const { record } = await rig.result;
  expect(record.steps[0]).toMatchObject({ outcome: "passed", outputs: { resources: 0 } });
  const copy = join(rig.runFolder, "terraform/it");
  expect((await stat(copy)).mode & 0o777).toBe(0o700);
  expect((await stat(join(copy, ".terraform.lock.hcl"))).mode & 0o200).toBe(0o200);
  await expect(stat(join(copy, "terraform.tfstate"))).rejects.toThrow("ENOENT");
});
