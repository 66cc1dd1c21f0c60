import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Step } from "../../../src/drill/drill.ts";
import { startRig, step, temporaryFolder, type RunOptions } from "../../terraform/terraform-run.ts";

async function run(input: Step["with"], more: Partial<RunOptions> = {}, of: Partial<Step> = {}) {
  const rig = await startRig({ steps: [step("command.run", input, of)], ...more });
  const { record } = await rig.result;
  return record.steps[0]!;
}

const sh = (script: string, ...args: string[]) => ({ command: ["/bin/sh", "-c", script, "sh", ...args] });

describe("command.run", () => {
  test("hands on what was printed, without the last line feed", async () => {
    expect((await run(sh("echo one; echo two"))).outputs).toEqual({
      exitCode: 0,
      stdout: "one\ntwo",
      truncated: false,
    });
  });

  test("arguments are data: no shell sees them", async () => {
    const nasty = "$(touch /tmp/x); `id` && \"'\n*";
    expect((await run({ command: ["printf", "%s", nasty] })).outputs["stdout"]).toBe(nasty);
  });

  test("the environment is a plain PATH, what is passed on by name, and what is given", async () => {
    const given = await run(
      {
        ...sh("env -u _ -u PWD -u SHLVL -u OLDPWD env | sort"),
        environment: { GIVEN: "a b" },
        passEnvironment: ["HOME_OF", "ABSENT"],
      },
      { hostEnvironment: { HOME_OF: "me", SECRET: "x" } },
    );
    expect(
      String(given.outputs["stdout"])
        .split("\n")
        .map((line) => line.split("=")[0]),
    ).toEqual(["GIVEN", "HOME_OF", "LC_ALL", "PATH"]);
  });

  test("an expected exit code is a success, any other one a failure with the last lines", async () => {
    expect(await run({ ...sh("exit 3"), expectExitCode: 3 })).toMatchObject({
      outcome: "passed",
      outputs: { exitCode: 3 },
    });
    const failed = await run(sh("echo told; echo why >&2; exit 4"));
    expect(failed).toMatchObject({
      outcome: "failed",
      failure: {
        code: "command-failed",
        message: "/bin/sh ended with exit code 4; expected was exit code 0",
        details: ["why", "told"],
      },
    });
  });

  test("json, text or none of stdout", async () => {
    const printed = sh("echo '{\"a\":[1,null]}'");
    expect((await run({ ...printed, captureStdout: "json" })).outputs["json"]).toEqual({ a: [1, null] });
    expect((await run({ ...printed, captureStdout: "none" })).outputs["stdout"]).toBe("");
    expect((await run({ ...sh("echo nope"), captureStdout: "json" })).failure).toMatchObject({
      code: "command-output-not-json",
    });
  });

  test("keeps 64 KiB and says that there was more", async () => {
    const { outputs } = await run(sh("head -c 1000000 /dev/zero | tr '\\0' x"));
    expect(outputs).toMatchObject({ truncated: true });
    expect(String(outputs["stdout"])).toHaveLength(65_536);
  });

  test("a program that is not there", async () => {
    expect((await run({ command: ["no-such-program"] })).failure).toMatchObject({ code: "command-not-started" });
  });

  test("runs in a directory of the drill and nowhere else", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "drill/scripts"), { recursive: true });
    await writeFile(join(folder, "drill/scripts/here"), "");
    expect((await run({ command: ["ls"], directory: "scripts" }, { folder })).outputs["stdout"]).toBe("here");
    expect((await run({ command: ["ls"], directory: "../.." })).failure?.code).toBe("invalid-input");
  });

  test("a time-out ends it", async () => {
    expect((await run(sh("sleep 60 & wait"), {}, { timeoutMs: 200 })).outcome).toBe("timed-out");
  });

  test.each([[[]], [["a\0b"]], ["echo hi"], [[""]]])("the command %j is refused", async (command) => {
    expect((await run({ command })).failure?.code).toBe("invalid-input");
  });
});

test("human.confirm tells who confirmed, and its wait is counted apart", async () => {
  const rig = await startRig({
    steps: [step("human.confirm", { prompt: "Has the bridge been called?" })],
    confirm: async (prompt) => ({ by: `ops (${prompt.length})` }),
  });
  const { record } = await rig.result;
  expect(record.steps[0]?.outputs).toEqual({ confirmedBy: "ops (27)" });
  expect(rig.events.find((event) => event.type === "people-wait")).toMatchObject({
    prompt: "Has the bridge been called?",
  });
});
