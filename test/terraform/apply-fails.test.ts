import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { APPLY, callsOf, failureOf, fake, HELLO, startRig, step, temporaryFolder } from "./terraform-run.ts";

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
