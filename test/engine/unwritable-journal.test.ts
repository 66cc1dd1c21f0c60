import { existsSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { cleanUpRun } from "../../src/engine/clean-up.ts";
import { Journal } from "../../src/engine/journal.ts";
import { CHAIN_START } from "../../src/engine/journal-line.ts";
import { readJournal } from "../../src/engine/read-journal.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";
import { Boxes, dependencies, drillOf, outcomes, runTest, startTestRun, step, stepKind } from "./harness.ts";

/** Its disk is full from some moment on: nothing that takes real time ends well any more. */
class FullDiskClock extends VirtualClock {
  full = false;

  override during<T>(work: () => Promise<T>): Promise<T> {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
      syscall: "write",
    });
    return this.full ? Promise.reject(full) : super.during(work);
  }
}

class BoxesOnAFullDisk extends Boxes {
  override readonly clock = new FullDiskClock({ speed: 0, startAt: Date.UTC(2026, 0, 1) });
}

const fillDisk = (boxes: BoxesOnAFullDisk) =>
  stepKind("box.fill", async (context) => {
    boxes.clock.full = true;
    context.progress("nobody waits for this");
    return {};
  });

describe("a journal that cannot be written any more", () => {
  it("in the middle of a run ends it, and everything is torn down, heard of by its listeners", async () => {
    const boxes = new BoxesOnAFullDisk();
    const phases = { prepare: [step("a", "box.make"), step("f", "box.fill"), step("never", "box.make")] };
    const run = await runTest(drillOf({ ...phases, teardown: [step("last", "box.check")] }), {
      boxes,
      kinds: [fillDisk(boxes)],
    });
    expect([...boxes.made.keys()]).toEqual([]);
    expect(boxes.destroyed).toEqual(["box-0"]);
    expect(run.journalFailure).toMatchObject({
      code: "journal-unwritable",
      message: expect.stringContaining("the disk is full"),
    });
    expect(run.record.finished?.failure?.code).toBe("journal-unwritable");
    expect(run.record.finished?.leftovers).toEqual([]);
    expect(outcomes(run.events)).toEqual(["a#1: passed", "last#1: passed"]);
    expect(run.events.at(-1)?.type).toBe("run-finished");
    const onDisk = await readJournal(join(run.folder, "journal.jsonl"));
    expect(onDisk.events.at(-1)).toMatchObject({ type: "step-started", instance: "f" });
  });

  it("from its teardown on has failed for that, and everything is torn down", async () => {
    const boxes = new BoxesOnAFullDisk();
    const phases = { prepare: [step("a", "box.make")], teardown: [step("f", "box.fill")] };
    const run = await runTest(drillOf(phases), { boxes, kinds: [fillDisk(boxes)] });
    expect(boxes.made.size).toBe(0);
    expect(run.record.finished?.failure).toMatchObject({ code: "journal-unwritable" });
    expect(run.journalFailure).toMatchObject({ code: "journal-unwritable" });
  });

  it("at the first line is a run that has not begun", async () => {
    const boxes = new BoxesOnAFullDisk();
    boxes.clock.full = true;
    await expect(startTestRun(drillOf({ prepare: [step("a", "box.make")] }), { boxes })).rejects.toMatchObject({
      details: { code: "journal-unwritable" },
    });
    expect(boxes.made.size).toBe(0);
  });

  it("when the run is stopped is torn down all the same", async () => {
    const boxes = new BoxesOnAFullDisk();
    const run = await startTestRun(
      drillOf({ prepare: [step("a", "box.make"), step("s", "box.sleep", { with: { ms: 50_000 } })] }),
      {
        boxes,
        onEvent: (event) => {
          if (event.type !== "step-started" || event.instance !== "s") return;
          boxes.clock.full = true;
          run.abort("SIGINT");
        },
      },
    );
    const { record } = await run.result;
    expect(boxes.made.size).toBe(0);
    expect(record.finished?.failure?.code).toBe("journal-unwritable");
  });

  it.skipIf(!existsSync("/dev/full"))("keeps cleanup from nothing (needs /dev/full)", async () => {
    const drill = drillOf({ prepare: [step("a", "box.make")] });
    const run = await runTest(drill);
    const path = join(run.folder, "journal.jsonl");
    const earlier = await readJournal(path);
    const id = run.record.ledger[0]!.id!;
    run.boxes.made.set(id, { token: "still there" });
    const cut = earlier.events.findIndex(({ type }) => type === "resource-created") + 1;
    await rm(path);
    await symlink("/dev/full", path);
    const at = { folder: run.folder, events: [], boxes: run.boxes };
    const result = await cleanUpRun(drill, dependencies(at), {
      earlier: { ...earlier, events: earlier.events.slice(0, cut) },
      spare: () => undefined,
    });
    expect(run.boxes.made.size).toBe(0);
    expect(result.journalFailure?.code).toBe("journal-unwritable");
    expect(result.record.finished?.leftovers).toEqual([]);
  });

  // Writes to /dev/null go well, and a sync of it does not: the kernel has nothing to sync there.
  it.skipIf(process.platform !== "linux")(
    "because it cannot be synced has acknowledged nothing (needs Linux)",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "gameday-journal-"));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      await symlink("/dev/null", join(folder, "journal.jsonl"));
      const journal = await Journal.continue(join(folder, "journal.jsonl"), new VirtualClock(), {
        seq: 0,
        prev: CHAIN_START,
        mono: 0,
      });
      const heard: unknown[] = [];
      journal.onEvent((event) => heard.push(event));
      await expect(journal.append({ type: "disaster-declared" })).rejects.toMatchObject({
        details: { code: "journal-unwritable" },
      });
      expect(heard).toEqual([]);
      await journal.close();
    },
  );
});
