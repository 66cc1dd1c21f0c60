import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { takeRunLock } from "../../../src/cli/runs/run-lock.ts";
import { identityOf } from "../../../src/processes/process-identity.ts";

async function workingDirectory(): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), "gameday-lock-"));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  return cwd;
}

const request = (cwd: string, runId: string) => ({ cwd, drill: "d", account: "111122223333", runId });

describe("takeRunLock", () => {
  it("lets one in, names the owner to the next, and lets that in once it is given back", async () => {
    const cwd = await workingDirectory();
    const release = await takeRunLock(request(cwd, "A"));
    await expect(takeRunLock(request(cwd, "B"))).rejects.toMatchObject({
      details: { code: "locked", message: expect.stringContaining(`run A`) },
    });
    await release();
    await (
      await takeRunLock(request(cwd, "B"))
    )();
  });

  it("does not mix up drills or accounts", async () => {
    const cwd = await workingDirectory();
    await takeRunLock(request(cwd, "A"));
    await takeRunLock({ ...request(cwd, "B"), account: "444455556666" });
    await takeRunLock({ ...request(cwd, "C"), drill: "e" });
  });

  it("lets exactly one of many win, also when the last owner was killed", async () => {
    for (let race = 0; race < 30; race++) {
      const cwd = await workingDirectory();
      await leaveDeadOwner(cwd);
      const takers = Array.from({ length: 8 }, (_, index) => takeRunLock(request(cwd, `R${index}`)));
      const results = await Promise.allSettled(takers);
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    }
  });

  it("leaves one generation behind, however often it is taken", async () => {
    const cwd = await workingDirectory();
    for (let i = 0; i < 5; i++) await (await takeRunLock(request(cwd, `R${i}`)))();
    expect(await readdir(join(cwd, ".gameday/locks/d-111122223333"))).toEqual(["5.json"]);
  });
});

/** The lock of a process that has really lived and really been killed. */
async function leaveDeadOwner(cwd: string): Promise<void> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  const identity = await identityOf(child.pid!);
  child.kill("SIGKILL");
  await once(child, "exit");
  const release = await takeRunLock(request(cwd, "DEAD"));
  await release();
  const path = join(cwd, ".gameday/locks/d-111122223333/1.json");
  const owner = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify({ ...owner, released: false, process: identity }));
}
