import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ulid } from "ulid";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { knownRuns, namedRuns } from "../../../src/cli/cleanup/known-runs.ts";
import { capturedIo, type CapturedIo } from "../captured-io.ts";
import { killedRun, type KilledRun } from "../killed-run.ts";

const HERE = "http://127.0.0.1:4566";
const VOLUME = { kind: "ec2.volume", id: "vol-0123456789abcdef0" };
const ON_AWS = { mode: "live" } as const;

let io: CapturedIo;
let runId: string;
beforeEach(async () => {
  io = await capturedIo();
  runId = ulid();
  onTestFinished(() => io[Symbol.asyncDispose]());
});

/** A run that has left a volume; a rehearsal at an endpoint, if nothing else is said. */
const run = (more: Partial<KilledRun> = {}) =>
  killedRun({ cwd: io.cwd, runId, sandbox: { endpoint: HERE, account: "111122223333" }, made: [VOLUME], ...more });

/** As gameday is started: with an endpoint in AWS's place, or without. */
async function look(endpoint?: string) {
  const env = { HOME: io.cwd, ...(endpoint === undefined ? {} : { AWS_ENDPOINT_URL: endpoint }) };
  const { known, leftOut } = await knownRuns({ ...io, env });
  return { known: known.map(({ folder }) => folder.runId), leftOut: [...leftOut] };
}

describe("of the runs whose folders are here", () => {
  it("those are known that took place where requests go now", async () => {
    await run();
    expect(await look(HERE)).toEqual({ known: [runId], leftOut: [] });
    await run({ place: ON_AWS });
    expect(await look()).toEqual({ known: [runId], leftOut: [] });
  });

  it("a rehearsal at another endpoint is gone with it: nobody misses it", async () => {
    await run();
    expect(await look("http://127.0.0.1:9999")).toEqual({ known: [], leftOut: [] });
    expect(await look()).toEqual({ known: [], leftOut: [] });
  });

  it("one on AWS that has left something is told where requests go elsewhere, without the endpoint's password", async () => {
    await run({ place: ON_AWS });
    const { known, leftOut } = await look(HERE.replace("//", "//me:pass-phrase@"));
    expect(known).toEqual([]);
    expect(leftOut).toEqual([[runId, expect.stringMatching(/made on AWS, and requests would go to http:\/\/.*4566/)]]);
    expect(leftOut[0]![1]).not.toContain("pass-phrase");
  });

  it("one on AWS that has left nothing is not", async () => {
    await run({ place: ON_AWS, made: [] });
    expect(await look(HERE)).toEqual({ known: [], leftOut: [] });
  });

  it("one whose journal is another run's is told, and is none of them", async () => {
    const path = await run();
    const renamed = ulid();
    await rename(path, join(path, "..", renamed));
    expect(await look(HERE)).toEqual({
      known: [],
      leftOut: [[renamed, `its journal is of run ${runId}: ${join(path, "..", renamed)}`]],
    });
  });

  it("one whose journal cannot be read is told; one that had not begun has left nothing", async () => {
    const damaged = join(io.cwd, ".gameday/runs", runId);
    await mkdir(damaged, { recursive: true });
    await writeFile(join(damaged, "journal.jsonl"), "");
    expect(await look(HERE)).toEqual({ known: [], leftOut: [] });
    await writeFile(join(damaged, "journal.jsonl"), "no journal\n");
    const { known, leftOut } = await look(HERE);
    expect(known).toEqual([]);
    expect(leftOut.map(([id]) => id)).toEqual([runId]);
  });
});

describe("a run that is named", () => {
  const OTHER = "01JD3Q4Z6V8W0X2Y4Z6A8B0C2D";

  async function named(...names: readonly string[]) {
    const { known } = await knownRuns({ ...io, env: { HOME: io.cwd, AWS_ENDPOINT_URL: HERE } });
    return [...namedRuns(names, known)];
  }

  it("is found by the beginning of its id, in any case, and once however often it is named", async () => {
    await run();
    expect(await named(runId.slice(0, 12), runId.slice(0, 12).toLowerCase())).toEqual([runId]);
  });

  it("may be one of which no folder is here, by its whole id", async () => {
    await run();
    expect(await named(OTHER.toLowerCase())).toEqual([OTHER]);
    await expect(named(OTHER.slice(0, 25))).rejects.toMatchObject({
      details: { code: "no-such-run", message: `no run folder here begins with "${OTHER.slice(0, 25)}"` },
    });
  });

  it("is refused where several begin so", async () => {
    await run();
    await run({ runId: runId.slice(0, 25) + (runId.endsWith("A") ? "B" : "A") });
    await expect(named(runId.slice(0, 25))).rejects.toMatchObject({
      details: { code: "no-such-run", fixer: "operator", message: expect.stringMatching(/^2 runs begin with/) },
    });
  });
});
