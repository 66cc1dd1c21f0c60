import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ulid } from "ulid";
import { expect, test } from "vitest";
import { removeAbandonedSandboxes } from "../../../src/cli/runs/abandoned-sandboxes.ts";
import { runCommand } from "../../../src/cli/program.ts";
import { holdRun } from "../../../src/cli/runs/run-lock.ts";
import { tellUnfinished, unfinishedRuns } from "../../../src/cli/runs/unfinished-runs.ts";
import { chained } from "../../evidence/bundle/small-bundle.ts";
import { destroyed, resource, started } from "../../evidence/events.ts";
import type { Timed } from "../../evidence/journaled.ts";
import { throwAwayFolder } from "../binary.ts";
import { capturedIo } from "../captured-io.ts";

const MADE = resource(1, "volume", { kind: "ec2.volume", id: "vol-1", step: "volume" });
const live = (more: readonly Timed[]) => [started({ mode: "live" }), ...more];

async function write(cwd: string, runId: string, events: readonly Timed[]): Promise<string> {
  const folder = join(cwd, ".gameday/runs", runId);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "journal.jsonl"), chained(events, undefined).text);
  return folder;
}

const names = async (cwd: string) => (await unfinishedRuns(cwd)).map(({ runId }) => runId);

test("named: runs that were cut off and may have left something, the newest first; not those that are going on", async () => {
  const cwd = await throwAwayFolder();
  const [old, clean, rehearsed, newest] = [1, 2, 3, 4].map((t) => ulid(t)) as [string, string, string, string];
  await write(cwd, old, live(MADE));
  await write(cwd, clean, live([...MADE, ...destroyed(2, "volume")]));
  await write(cwd, rehearsed, [started(), ...MADE]);
  await write(cwd, newest, live(MADE));
  await write(cwd, ulid(5), []);
  expect(await names(cwd)).toEqual([newest, old]);
  const release = await holdRun(cwd, newest);
  expect(await names(cwd)).toEqual([old]);
  await release();
  expect(await names(cwd)).toEqual([newest, old]);
});

test("told with the commands for it, three by name", () => {
  const runs = ["A", "B", "C", "D"].map((runId, index) => ({
    runId,
    drill: "d",
    ended: index === 0,
    leftovers: index + 1,
  }));
  expect(tellUnfinished(runs.slice(0, 1)).join("\n")).toBe(
    [
      "gameday: run A of d has left 1 resource behind",
      "  next: gameday resume A  (goes on, and tears down), or",
      "        gameday cleanup A --yes  (only deletes)",
    ].join("\n"),
  );
  expect(tellUnfinished(runs).join("\n")).toContain("run B of d was cut off, and 2 resources of it may still be there");
  expect(tellUnfinished(runs).at(-1)).toBe("gameday: and 1 more: gameday cleanup");
  expect(tellUnfinished([])).toEqual([]);
});

test("resume of a run that there is nothing to do for names the one that there is", async () => {
  await using io = await capturedIo();
  const [left, over] = [ulid(1), ulid(2)];
  await write(io.cwd, left, live(MADE));
  await write(io.cwd, over, [started()]);
  expect(await runCommand(["resume", "latest"], io)).toBe(2);
  expect(io.err()).toContain(`gameday resume ${left}`);
});

test("the sandbox of a rehearsal that was killed goes; that of one that lives stays", async () => {
  const cwd = await throwAwayFolder();
  const [killed, lives] = [ulid(1), ulid(2)];
  const folders = [];
  for (const id of [killed, lives]) {
    folders.push(join(await write(cwd, id, [started()]), "sandbox"));
    await mkdir(join(folders.at(-1)!, "disks"), { recursive: true });
  }
  const release = await holdRun(cwd, lives);
  await removeAbandonedSandboxes(cwd);
  expect(folders.map((folder) => existsSync(folder))).toEqual([false, true]);
  await release();
});
