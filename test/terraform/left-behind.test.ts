import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { discardWorkingCopy, isGone } from "../../src/terraform/stack.ts";
import { runCommand, type Tool } from "../../src/terraform/tool.ts";
import { systemClock } from "../../src/time/system-clock.ts";
import { FAKE_TERRAFORM, fake, temporaryFolder } from "./terraform-run.ts";

const ROOT = join(import.meta.dirname, "../..");

function toolIn(folder: string, said: string[], onProgress = () => {}): Tool {
  const scope = {
    clock: systemClock,
    signal: new AbortController().signal,
    progress: (text: string) => {
      said.push(text);
      onProgress();
    },
  };
  return { binary: FAKE_TERRAFORM, folder, environment: { PATH: process.env["PATH"] ?? "" }, scope: scope as never };
}

/** A gameday that applies and is killed with SIGKILL as soon as Terraform is at work. */
async function killWhileApplying(folder: string): Promise<void> {
  const entry = join(folder, "runner.ts");
  const source = (path: string) => JSON.stringify(join(ROOT, path));
  await writeFile(
    entry,
    `import { runCommand } from ${source("src/terraform/tool.ts")};
     import { systemClock } from ${source("src/time/system-clock.ts")};
     const scope = { clock: systemClock, signal: new AbortController().signal, progress: (text) => console.log(text) };
     const [binary, folder] = process.argv.slice(2);
     await runCommand({ binary, folder, environment: { PATH: process.env.PATH }, scope }, "apply", []);`,
  );
  const outfile = join(ROOT, "node_modules", `.runner-${process.pid}.mjs`);
  await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm", packages: "external" });
  const runner = spawn(process.execPath, [outfile, FAKE_TERRAFORM, join(folder, "copy")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => runner.once("exit", (_code, signal) => resolve(signal)));
  await new Promise<void>((resolve) => {
    runner.stdout.on("data", (chunk) => String(chunk).includes("t.n: Creating") && resolve());
  });
  runner.kill("SIGKILL");
  expect(await ended).toBe("SIGKILL");
}

test("terraform outlives a gameday that was killed, finishes its work, and the next command waits for it", async () => {
  const folder = await temporaryFolder();
  const copy = join(folder, "copy");
  await mkdir(copy);
  const apply = [
    ["hello"],
    ["start", "t.n"],
    ["untilThere", "../go-on"],
    ["complete", "t.n"],
    ["state", 1],
    ["summary", "apply"],
    ["print", "x".repeat(100_000)],
  ];
  await writeFile(join(copy, "fake.json"), fake({ apply })["terraform/fake.json"]!);
  await killWhileApplying(folder);
  const left = JSON.parse(await readFile(join(copy, "gameday-process.json"), "utf8")) as { pid: number };

  const said: string[] = [];
  const goOn = () => writeFileSync(join(folder, "go-on"), "");
  const { transcript } = await runCommand(toolIn(copy, said, goOn), "destroy", []);

  expect(said[0]).toBe(`waiting for terraform (process ${left.pid}), which an interrupted gameday has left behind`);
  expect(transcript.finished).toBe(true);
  expect(await readFile(join(copy, "gameday-apply-1.jsonl"), "utf8")).toContain("apply complete");
  await expect(readFile(join(copy, "gameday-process.json"))).rejects.toThrow("ENOENT");
});

test("a note about a process that is long gone, or about another one with its pid, holds nobody up", async () => {
  const folder = await temporaryFolder();
  await writeFile(
    join(folder, "gameday-process.json"),
    JSON.stringify({ pid: process.pid, started: "another boot/1" }),
  );
  const said: string[] = [];
  await runCommand(toolIn(folder, said), "init", []);
  expect(said).toEqual([]);
});

test("a stack is not gone while a creation was begun of which its state does not tell", async () => {
  const folder = await temporaryFolder();
  await writeFile(
    join(folder, "fake.json"),
    fake({ apply: [["hello"], ["start", "t.n"], ["state", 0]] })["terraform/fake.json"]!,
  );
  expect(await isGone(folder)).toBe(true);
  await runCommand(toolIn(folder, []), "apply", []);
  expect(await isGone(folder)).toBe(false);
  await discardWorkingCopy(folder);
  expect(await isGone(folder)).toBe(true);
});
