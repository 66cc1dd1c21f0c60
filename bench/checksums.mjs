/*
 * Block manifests: 2 GiB of random bytes, and 8 GiB of which 64 MiB are data, in memory where there is room for it.
 * node bench/checksums.mjs. Beside it `openssl dgst`, which hashes as fast as one core can, and `openssl speed`, which hashes nothing
 * but the same few bytes on all of them; for the script of a host, `sha256sum`.
 */
import { spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { blockManifestOfFile } from "../dist/index.js";
import { inside } from "./from-source.mjs";
import { installed, median, quiet, run, seconds, tell } from "./measure.mjs";

const MIB = 2 ** 20;
const DENSE = 2_048 * MIB;
const SPARSE = 8_192 * MIB;
const PIECE = 8 * MIB;
const PIECES = 8;
const ROUNDS = 5;
const CORES = availableParallelism();

const free = (folder) => (existsSync(folder) ? statfsSync(folder).bavail * statfsSync(folder).bsize : 0);
const folder = mkdtempSync(join(free("/dev/shm") > 2 * DENSE ? "/dev/shm" : tmpdir(), "gameday-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

function fileOf(name, bytes, pieces) {
  const path = join(folder, name);
  const file = openSync(path, "w");
  ftruncateSync(file, bytes);
  const piece = Buffer.alloc(PIECE);
  for (const at of pieces) writeSync(file, randomFillSync(piece), 0, PIECE, at);
  closeSync(file);
  return path;
}

async function timed(work) {
  const began = performance.now();
  const answer = await work();
  return { ms: performance.now() - began, root: answer?.root };
}

/** Medians of what works takes, in ms, taken in turn; all that yield a root have to yield the same one. */
async function inTurn(works, rounds = ROUNDS) {
  const times = works.map(() => []);
  const roots = new Set();
  for (let round = 0; round < rounds; round++) {
    for (const [index, work] of works.entries()) {
      const { ms, root } = await timed(work);
      times[index].push(ms);
      if (root !== undefined) roots.add(root);
    }
  }
  if (roots.size > 1) throw new Error(`different roots: ${[...roots].join(", ")}`);
  return times.map(median);
}

/** How much of the time goes into getting the bytes: what one core needs to read them all, shared by all cores. */
function readingShare(path, tookSeconds) {
  const began = performance.now();
  spawnSync("dd", [`if=${path}`, "of=/dev/null", "bs=131072"]);
  const readSeconds = (performance.now() - began) / 1_000 / CORES;
  return `of ${tookSeconds.toFixed(2)} s, reading the file takes ${readSeconds.toFixed(2)} s on every core`;
}

const { hostScript } = await inside("checksums");
const shell = existsSync("/usr/bin/dash") ? "/usr/bin/dash" : "/bin/sh";
mkdirSync(join(folder, "tmp"));

function byScript(path, bytes) {
  const env = { PATH: process.env.PATH, INSTANCE_ROOT: folder };
  const { stdout, stderr } = spawnSync(shell, ["-c", hostScript(path, bytes)], { encoding: "utf8", env });
  const root = /root=([0-9a-f]{64})$/mu.exec(stdout)?.[1];
  if (root === undefined) throw new Error(`the script has told no root: ${stdout}${stderr}`);
  return { root };
}

/** MiB/s of all cores on bytes that never leave their caches. */
function openSslSpeed() {
  const args = ["speed", "-multi", String(CORES), "-seconds", "3", "-bytes", "524288", "-evp", "sha256"];
  const { stdout } = spawnSync("openssl", args, { encoding: "utf8" });
  return (Number(/^sha256\s+([\d.]+)k$/mu.exec(stdout)?.[1]) * 1_000) / MIB;
}

const rate = (mibPerSecond) => `${mibPerSecond.toFixed(0)} MiB/s`;
const verdict = (met, why) => ({ met, ...(met || why === undefined ? {} : { why }) });

const openssl = installed("openssl");
const digest = (path) => (openssl ? [() => run(["openssl", "dgst", "-sha256", path]).then(() => undefined)] : []);
const ABSENT = openssl ? {} : { why: "openssl is not installed" };

/** How much of all cores' time the threads of one more manifest get, in %: less than all when others want it too. */
async function share(path) {
  const before = process.cpuUsage();
  const { ms } = await timed(() => blockManifestOfFile(path));
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / 10 / ms / CORES);
}

async function dense() {
  const path = fileOf(
    "dense",
    DENSE,
    Array.from({ length: DENSE / PIECE }, (_, piece) => piece * PIECE),
  );
  await quiet();
  const [ours, peer] = await inTurn([() => blockManifestOfFile(path), ...digest(path)]);
  const [mine, theirs] = [ours, peer].map((ms) => DENSE / MIB / (ms / 1_000));
  const what = "block manifest of a file of 2 GiB";
  const one = { id: "5.9a", what, ours: rate(mine), goal: "≥ 1.7×" };
  const met = mine / theirs >= 1.7;
  const why = `its threads had ${await share(path)} % of ${CORES} cores, and reading and starting threads take theirs`;
  tell(
    openssl
      ? { ...one, peer: `openssl dgst -sha256, ${rate(theirs)}`, ratio: mine / theirs, ...verdict(met, why) }
      : { ...one, ...ABSENT },
  );
  const all = { ...one, id: "5.9b", goal: "≥ 0.7×" };
  const limit = openssl ? median([openSslSpeed(), openSslSpeed(), openSslSpeed()]) : undefined;
  const speed = {
    peer: `openssl speed -multi ${CORES}, ${rate(limit ?? 0)}`,
    ratio: mine / limit,
    ...verdict(mine / limit >= 0.7, `${readingShare(path, DENSE / MIB / mine)}; openssl speed reads no file`),
  };
  tell(openssl ? { ...all, ...speed } : { ...all, ...ABSENT });
  const sum = () => run(["sha256sum", path]).then(() => undefined);
  const [script, , plain] = await inTurn([() => byScript(path, DENSE), () => blockManifestOfFile(path), sum], 3);
  tell({
    id: "5.9c",
    what: `the same by the script for hosts, in ${shell}`,
    ours: rate(DENSE / MIB / (script / 1_000)),
    peer: `sha256sum, ${rate(DENSE / MIB / (plain / 1_000))}`,
    ratio: plain / script,
    goal: "the same root",
    met: true,
  });
  rmSync(path);
}

async function sparse() {
  const path = fileOf(
    "sparse",
    SPARSE,
    Array.from({ length: PIECES }, (_, piece) => piece * 1_021 * MIB + 3 * MIB),
  );
  await quiet();
  const works = [
    () => blockManifestOfFile(path, { readHoles: true }),
    () => blockManifestOfFile(path),
    () => byScript(path, SPARSE),
    ...digest(path),
  ];
  const [zeros, extents, script, peer] = await inTurn(works, 3);
  const what = "block manifest of a sparse file of 8 GiB, 64 MiB of it data";
  for (const { id, how, ms, goal } of [
    { id: "5.10a", how: "every byte read, zeros not hashed", ms: zeros, goal: 0.2 },
    { id: "5.10b", how: "holes not read", ms: extents, goal: 0.05 },
    { id: "5.10c", how: "by the script for hosts, zeros not hashed", ms: script },
  ]) {
    const ratio = ms / peer;
    const row = { id, what: `${what}: ${how}`, ours: seconds(ms), goal: `${goal ? `≤ ${goal}×, ` : ""}the same root` };
    const against = {
      peer: `openssl dgst -sha256, ${seconds(peer ?? 0)}`,
      ratio,
      met: goal === undefined || ratio <= goal,
    };
    tell(openssl ? { ...row, ...against } : { ...row, ...ABSENT });
  }
}

await dense();
await sparse();
