/* What all benchmarks share: medians, child processes, the state of the machine, and rows of the table. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";

export const GAMEDAY = join(import.meta.dirname, "../dist/gameday.cjs");
export const DRILLS = join(import.meta.dirname, "../drills");

/** Without what slows every start of Node down or writes to standard error. */
export const ENVIRONMENT = (() => {
  const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, ...environment } = process.env;
  return { ...environment, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };
})();

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The path of a program, or undefined: peers are run where they are installed. */
export function installed(program) {
  const { status, stdout } = spawnSync("sh", ["-c", 'command -v "$0"', program], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Runs a command to its end: wall time, and memory at its highest in MiB. */
export async function run([file, ...args], options = {}) {
  const began = performance.now();
  const child = spawn(file, args, { stdio: "ignore", env: ENVIRONMENT, ...options });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${[file, ...args].join(" ")} ended with ${code}`);
  return { wallMs: performance.now() - began };
}

/** Medians of several commands, run in turn so that what disturbs one disturbs all. */
export async function compare(commands, runs = 15) {
  const times = commands.map(() => []);
  for (let round = 0; round < runs; round++) {
    for (const [index, command] of commands.entries()) times[index].push((await run(command)).wallMs);
  }
  return times.map(median);
}

/** The most memory a command holds, in MiB; undefined without GNU time. */
export function memory(command) {
  if (!installed("/usr/bin/time")) return undefined;
  const { stderr } = spawnSync("/usr/bin/time", ["-f", "%M", ...command], { encoding: "utf8", env: ENVIRONMENT });
  return Number(stderr.trim().split("\n").at(-1)) / 1024;
}

/** The median of what a function took, in ms, after one call to warm up. */
export async function timed(work, rounds = 5) {
  await work();
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  return median(times);
}

/** The idle part of all processors over a second, 0 to 1. */
async function idlePart() {
  const sample = () => {
    const [, ...ticks] = readFileSync("/proc/stat", "utf8").split("\n")[0].split(/\s+/).map(Number);
    return { idle: ticks[3] + ticks[4], all: ticks.reduce((sum, tick) => sum + tick, 0) };
  };
  const before = sample();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const after = sample();
  return (after.idle - before.idle) / (after.all - before.all);
}

/** Waits until the machine is at least 90 % idle, `atMostMs` long; how idle it was then. */
export async function quiet(atMostMs = 120_000) {
  if (process.platform !== "linux") return undefined;
  const began = performance.now();
  let idle = await idlePart();
  while (idle < 0.9 && performance.now() - began < atMostMs) idle = await idlePart();
  return idle;
}

export function machine() {
  const model = cpus()[0]?.model ?? "unknown";
  return `${cpus().length} × ${model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
}

/**
 * One row of the table.
 * `ours`, `peer`: text with its unit; `ratio`: ours to the peer's; `goal`: what it is to be; `met`: whether it is; `why`: when not.
 */
export function tell(row) {
  if (process.env["BENCH_JSON"]) process.stdout.write(`${JSON.stringify(row)}\n`);
  else process.stdout.write(`${lineOf(row)}\n`);
}

/** A row as one line of text. */
export function lineOf({ id, what, ours, peer, ratio, goal, met, why }) {
  const against = peer === undefined ? "" : ` against ${peer}`;
  const times = ratio === undefined ? "" : ` = ${ratio.toFixed(ratio < 0.1 ? 4 : 2)}×`;
  const verdict = met === undefined ? "" : met ? " · met" : " · NOT met";
  return `[${id}] ${what}: ${ours}${against}${times} (goal: ${goal})${verdict}${why === undefined ? "" : `: ${why}`}`;
}

export const ms = (value) => `${value.toFixed(value < 1 ? 3 : value < 100 ? 1 : 0)} ms`;
export const seconds = (value) => `${(value / 1_000).toFixed(2)} s`;
