import { chmod, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { APPLY, callsOf, fake, HELLO, startRig, step, temporaryFolder } from "./terraform-run.ts";

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
      "TF_AWS_DEFAULT_TAGS_gameday:deadline": expect.any(String),
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

test("a folder without a configuration is refused: Terraform would apply nothing and call it done", async () => {
  const rig = await startRig({ steps: [APPLY], files: { "terraform/README.md": "to be written" } });
  const { record } = await rig.result;
  expect(record.steps[0]?.failure).toMatchObject({
    code: "terraform-directory",
    message: expect.stringContaining("holds no Terraform configuration"),
  });
});
