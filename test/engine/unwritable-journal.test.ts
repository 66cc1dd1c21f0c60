import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { cleanUpRun } from "../../src/engine/clean-up.ts";
import { Journal } from "../../src/engine/journal.ts";
import { CHAIN_START } from "../../src/engine/journal-line.ts";
import { readJournal } from "../../src/engine/read-journal.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";
import { sh, whyNoLoops } from "../steps/on-host/loop-host.ts";
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

const noLoops = whyNoLoops("mkfs.ext4");

/** A file system with an empty journal in it, on a device that takes no more: its image lies on a disk that is full. */
function diskWithoutRoom(): string {
  const root = mkdtempSync(join(tmpdir(), "gameday-journal-"));
  onTestFinished(() => void sh('rm -rf "$1"', root));
  sh('cd "$1"; mkdir disk mounted; mount -t tmpfs -o size=2m gameday-test disk', root);
  onTestFinished(() => void sh('umount -l "$1/disk"', root));
  const loop = sh(
    'cd "$1/disk"; truncate -s 8M image; mkfs.ext4 -q -O ^has_journal image; losetup -f --show image',
    root,
  ).trim();
  onTestFinished(() => void sh('losetup -d "$1"', loop));
  sh('cd "$1"; mount "$2" mounted; touch mounted/journal.jsonl; sync -f mounted', root, loop);
  onTestFinished(() => void sh('umount -l "$1/mounted"', root));
  sh('cat /dev/zero > "$1/disk/fill" 2> /dev/null || :', root);
  return join(root, "mounted");
}

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

  it("keeps cleanup from nothing", async () => {
    const drill = drillOf({ prepare: [step("a", "box.make")] });
    const boxes = new BoxesOnAFullDisk();
    const run = await runTest(drill, { boxes });
    const earlier = await readJournal(join(run.folder, "journal.jsonl"));
    const id = run.record.ledger[0]!.id!;
    boxes.made.set(id, { token: "still there" });
    const cut = earlier.events.findIndex(({ type }) => type === "resource-created") + 1;
    boxes.clock.full = true;
    const result = await cleanUpRun(drill, dependencies({ folder: run.folder, events: [], boxes }), {
      earlier: { ...earlier, events: earlier.events.slice(0, cut) },
      spare: () => undefined,
    });
    expect(boxes.made.size).toBe(0);
    expect(result.journalFailure?.code).toBe("journal-unwritable");
    expect(result.record.finished?.leftovers).toEqual([]);
  });

  // A write to a file system goes into memory: that its device has no room left shows when it is synced.
  it.skipIf(noLoops)(`because it cannot be synced has acknowledged nothing${noLoops && `: ${noLoops}`}`, async () => {
    const folder = diskWithoutRoom();
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
  });
});
