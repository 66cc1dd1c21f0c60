import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Drill } from "../../src/drill/drill.ts";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { Failure } from "../../src/engine/failure.ts";
import { readJournal } from "../../src/engine/read-journal.ts";
import { resumeDrill, runDrill } from "../../src/engine/run-drill.ts";
import { Boxes, dependencies, drillOf, runTest, step, stepKind, type TestOptions } from "./harness.ts";

async function firstOf(drill: Drill, options: TestOptions = {}) {
  const run = await runTest(drill, options);
  const { v: _v, seq: _seq, at: _at, mono: _mono, prev: _prev, ...first } = run.events[0]!;
  return first;
}

const makesTwo = stepKind("box.two", async () => ({}), { creates: ["test.box"], defaultTimeoutMs: 7_000 });

describe("the first fact of a run", () => {
  const { objectives, regions, controls, source } = drillOf({});
  const plain = {
    type: "run-started",
    runId: "01TEST",
    drill: { name: "test-drill", description: "", path: source.path, sha256: source.sha256, text: source.text },
    mode: "rehearsal",
    objectives,
    regions,
    controls,
    steps: [],
    versions: { gameday: "0", node: "20" },
    process: { pid: 1, host: "test" },
  };

  it("says what is run, and nothing that is not known", async () => {
    expect(await firstOf(drillOf({}))).toStrictEqual(plain);
    expect(await firstOf(drillOf({}), { more: { files: [] } })).toStrictEqual(plain);
  });

  it("names the endpoint, the files, the cadence and the plan where there are some", async () => {
    const files = [{ path: "terraform/main.tf", sha256: "1".repeat(64) }];
    const known = { cadence: "P30D", plan: { owner: "me" } };
    expect(await firstOf(drillOf({}, known), { more: { files, endpoint: "http://127.0.0.1:1" } })).toStrictEqual({
      ...plain,
      files,
      endpoint: "http://127.0.0.1:1",
      ...known,
    });
  });

  it("tells every step that is planned, and for how long one may take", async () => {
    const full = step("b", "box.two", { name: "Two", targetMs: 5, timeoutMs: 9_000, line: 12 });
    const drill = drillOf({ prepare: [step("a", "box.two"), { parallel: [full] }], teardown: [step("c", "box.make")] });
    expect(await firstOf(drill, { kinds: [makesTwo] })).toMatchObject({
      steps: [
        { id: "a", phase: "prepare", uses: "box.two", timeoutMs: 7_000, creates: ["test.box"] },
        { id: "b", phase: "prepare", uses: "box.two", name: "Two", targetMs: 5, timeoutMs: 9_000, line: 12 },
        { id: "c", phase: "teardown", uses: "box.make", timeoutMs: 60_000 },
      ],
    });
    const ghost = (await firstOf(drillOf({ recover: [step("g", "box.ghost")] }))) as { steps: readonly object[] };
    expect(ghost.steps).toStrictEqual([{ id: "g", phase: "recover", uses: "box.ghost", timeoutMs: 0 }]);
  });
});

describe("the last fact of a run", () => {
  it("is what was judged of all that is known by then: what failed, and what is left", async () => {
    const boxes = new Boxes();
    boxes.stuck.add("box-0");
    const refusal = new Failure({ code: "wrong-account", message: "no", fixer: "operator", consequence: "refused" });
    const seen: unknown[] = [];
    const judge: TestOptions["judge"] = ({ finished }) => {
      seen.push([finished?.failure?.code, finished?.leftovers]);
      return { outcome: "failed", exitCode: 6 };
    };
    const left = await runTest(drillOf({ prepare: [step("a", "box.make")] }), { boxes, judge });
    const refused = await runTest(drillOf({}), { judge, guard: () => Promise.reject(refusal) });
    expect(seen).toEqual([
      [undefined, [{ kind: "test.box", region: "us-west-2", id: "box-0" }]],
      ["wrong-account", []],
    ]);
    for (const { record, exitCode } of [left, refused]) {
      expect(exitCode).toBe(6);
      expect(record.finished).toMatchObject({ outcome: "failed", exitCode: 6 });
    }
    expect(left.record.finished).not.toHaveProperty("failure");
    expect(left).not.toHaveProperty("journalFailure");
  });
});

describe("a run that nobody listens to", () => {
  const opened = async () => {
    const folder = await mkdtemp(join(tmpdir(), "gameday-engine-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const boxes = new Boxes();
    const { listeners: _listeners, ...deps } = dependencies({ folder, events: [], boxes });
    return { journal: join(folder, "journal.jsonl"), boxes, deps };
  };

  it("is journaled all the same, and gives its journal back", async () => {
    const { journal, boxes, deps } = await opened();
    const { record } = await runDrill(drillOf({ recover: [step("a", "box.make")] }), deps);
    expect(boxes.made.size).toBe(0);
    expect((await readJournal(journal)).events).toHaveLength(record.lastSeq + 1);
    expect(await readFile(journal, "utf8")).toContain('"run-finished"');
    if (!existsSync("/proc/self/fd")) return;
    const files = await Promise.all(
      (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")),
    );
    expect(files).not.toContain(journal);
  });

  it("is not resumed by a gameday that does not know all of its facts", async () => {
    const { journal, deps } = await opened();
    const drill = drillOf({ recover: [step("a", "box.make")] });
    await runDrill(drill, deps);
    const earlier = await readJournal(journal);
    const later = { ...earlier.events.at(-1)!, type: "from-the-future" } as unknown as JournaledEvent;
    const before = await readFile(journal, "utf8");
    await expect(resumeDrill(drill, deps, { ...earlier, events: [...earlier.events, later] })).rejects.toMatchObject({
      details: {
        code: "journal-newer",
        message: expect.stringContaining("from-the-future"),
        fixer: "operator",
        next: expect.stringContaining("gameday resume"),
      },
    });
    expect(await readFile(journal, "utf8")).toBe(before);
  });
});
