import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Journal } from "../../src/engine/journal.ts";
import { MachineClock } from "../../src/time/system-clock.ts";

const note = { type: "finding", code: "note", severity: "info", message: "" } as const;

it("counts the time a machine slept, and journals each parting of its clocks before the event that follows", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gameday-clock-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  let [wall, steady] = [1_000_000, 0];
  const clock = new MachineClock({ wall: () => wall, steady: () => steady });
  const journal = await Journal.create(join(folder, "journal.jsonl"), clock);
  const heard: unknown[] = [];
  journal.onEvent((event) => heard.push([event.seq, event.mono, event.type === "finding" && event.clockJumpMs]));
  await journal.append(note);
  [wall, steady] = [wall + 7_205_000, steady + 5_000];
  await journal.append(note);
  [wall, steady] = [wall - 60_000, steady + 1_000];
  await journal.append(note);
  [wall, steady] = [wall + 10_500, steady + 10_000];
  await journal.append(note);
  await journal.close();
  const undefinedJump = undefined;
  expect(heard).toEqual([
    [0, 0, undefinedJump],
    [1, 7_205_000, 7_200_000],
    [2, 7_205_000, undefinedJump],
    [3, 7_206_000, -61_000],
    [4, 7_206_000, undefinedJump],
    [5, 7_216_000, undefinedJump],
  ]);
});
