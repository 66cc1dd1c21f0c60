import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readTold, renderScript } from "../../../src/steps/on-host/host-script.ts";
import { TAKE_TURN } from "../../../src/steps/on-host/take-turn.ts";

/** As the scripts of the steps do: something is mounted while they work, and put back however they end. */
const WORK = String.raw`
trap 'rm -f "$ROOT/$TURN.mounted"' EXIT
trap 'exit 130' HUP INT TERM
take_turn
[ ! -e "$ROOT/$TURN.mounted" ] || fail already-mounted
: > "$ROOT/$TURN.mounted"
echo working
sleep "$SECONDS_OF_WORK"
`;

interface Try {
  readonly turn: string;
  readonly number: number;
  readonly secondsOfWork?: number;
}

async function aHost(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "gameday-turns-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}

/** Starts a step's script on the host; resolves when it works, or has ended without. */
async function start(root: string, { turn, number, secondsOfWork = 0 }: Try) {
  const values = { TURN: turn, TURN_NUMBER: String(number), SECONDS_OF_WORK: String(secondsOfWork) };
  const script = renderScript({ values, body: TAKE_TURN + WORK }, "nonce");
  const child = spawn("/bin/sh", ["-c", script], {
    env: { PATH: process.env["PATH"], INSTANCE_ROOT: root },
    detached: true,
  });
  onTestFinished(() => endGroup(child.pid!));
  let output = "";
  const ended = once(child, "close").then(([code]) => ({ code: code as number, told: readTold(output, "nonce") }));
  await Promise.race([
    ended,
    new Promise<void>((resolve) =>
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (output.includes("working")) resolve();
      }),
    ),
  ]);
  return { child, ended };
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

const HAS_TURNS = existsSync("/proc/self/fd") && existsSync("/usr/bin/flock");

describe.skipIf(!HAS_TURNS)(`scripts of one step on a host${HAS_TURNS ? "" : ": needs /proc and flock"}`, () => {
  it("the one of the resumed run ends the earlier one, which puts things back first", async () => {
    const host = await aHost();
    const earlier = await start(host, { turn: "run-step", number: 7, secondsOfWork: 1_000 });
    const later = await start(host, { turn: "run-step", number: 19 });
    expect((await later.ended).told).toEqual(new Map([["end", "ok"]]));
    expect((await earlier.ended).code).toBe(130);
  });

  it("one that is delivered after it gives way", async () => {
    const host = await aHost();
    await (
      await start(host, { turn: "run-step", number: 19 })
    ).ended;
    const late = await start(host, { turn: "run-step", number: 7 });
    expect((await late.ended).told).toEqual(new Map([["error", "superseded"]]));
  });

  it("one that comes while the later one works gives way, too", async () => {
    const host = await aHost();
    const later = await start(host, { turn: "run-step", number: 19, secondsOfWork: 1_000 });
    const late = await start(host, { turn: "run-step", number: 7 });
    expect((await late.ended).told).toEqual(new Map([["error", "superseded"]]));
    expect(later.child.exitCode).toBeNull();
  });

  it("two copies of one request work one after the other, whichever came first", async () => {
    const host = await aHost();
    const first = await start(host, { turn: "run-step", number: 7, secondsOfWork: 2 });
    const second = await start(host, { turn: "run-step", number: 7 });
    const ends = await Promise.all([first.ended, second.ended]);
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  });

  it("those of other steps and other runs go on", async () => {
    const host = await aHost();
    const others = await Promise.all(
      ["run-step[0]", "run-other", "other-step"].map((turn) => start(host, { turn, number: 7, secondsOfWork: 1_000 })),
    );
    expect((await (await start(host, { turn: "run-step", number: 19 })).ended).code).toBe(0);
    expect(others.map(({ child }) => child.exitCode)).toEqual([null, null, null]);
  });
});
