/*
 * Runs every benchmark, each in a process of its own on a quiet machine, and writes docs/benchmarks.md.
 * npm run bench [-- NAME…]: with names (start-up, engine …) only those, and the other rows stay as they were.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ENVIRONMENT, lineOf, machine, quiet } from "./measure.mjs";
import { peerVersions } from "./peers.mjs";
import { pageOf } from "./page.mjs";

const ROWS = join(import.meta.dirname, "../docs/benchmarks.json");
const PAGE = join(import.meta.dirname, "../docs/benchmarks.md");
const LONGEST_MS = 8 * 60_000;
const QUIET_WITHIN_MS = 60_000;

/** A benchmark is what tells rows of the table; the other modules here are its tools. */
function benchmarks() {
  const tells = (file) => /^import \{[^}]*\btell\b[^}]*\} from "\.\/measure\.mjs";/mu.test(read(file));
  const read = (file) => readFileSync(join(import.meta.dirname, file), "utf8");
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".mjs"));
  return files.filter(tells).map((file) => file.slice(0, -".mjs".length));
}

/** The rows a benchmark tells, and why it failed if it did. */
async function measure(name) {
  const args = ["--expose-gc", join(import.meta.dirname, `${name}.mjs`)];
  const env = { ...ENVIRONMENT, BENCH_JSON: "1" };
  // A group of its own: what it has started ends with it.
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const text = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"])
    child[stream].setEncoding("utf8").on("data", (part) => (text[stream] += part));
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    process.kill(-child.pid, "SIGKILL");
  }, LONGEST_MS);
  const [code, signal] = await once(child, "close");
  clearTimeout(limit);
  const rows = text.stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
  if (code === 0) return { rows };
  const reason = late ? `not done after ${LONGEST_MS / 60_000} minutes` : lastError(text.stderr);
  return { rows, failed: reason ?? `ended with ${code ?? signal}` };
}

function lastError(stderr) {
  const lines = stderr.split("\n").map((line) => line.trim());
  return lines.find((line) => /^\w*(?:Error|Failure)\b.*:/u.test(line)) ?? lines.findLast((line) => line !== "");
}

const known = existsSync(ROWS) ? JSON.parse(readFileSync(ROWS, "utf8")).rows : [];
const all = benchmarks();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) throw new Error(`there is no benchmark ${unknown.join(", ")}; there are ${all.join(", ")}`);

/** What is known of other benchmarks, and of this one what it did not tell again although it should have. */
function withMeasured(rows, { name, told, failed, idle }) {
  const about = { bench: name, measuredAt: new Date().toISOString(), ...(idle !== undefined && { idle }) };
  const mine = told.map((row) => ({ ...row, ...about }));
  const others = rows.filter(({ bench }) => bench !== name);
  if (failed === undefined) return [...others, ...mine];
  const untold = rows.filter(({ bench, id }) => bench === name && !told.some((row) => row.id === id));
  const missing = untold.length > 0 ? untold : [{ id: `failed:${name}`, what: `bench/${name}.mjs`, goal: "–" }];
  return [...others, ...mine, ...missing.map(({ id, what, goal }) => ({ id, what, goal, failed, ...about }))];
}

let rows = known.filter(({ bench }) => all.includes(bench));
let failures = 0;
for (const name of asked.length > 0 ? asked : all) {
  const idle = await quiet(QUIET_WITHIN_MS);
  const { rows: told, failed } = await measure(name);
  rows = withMeasured(rows, { name, told, failed, idle });
  for (const row of told) process.stdout.write(`${lineOf(row)}\n`);
  if (failed !== undefined) {
    failures++;
    process.stdout.write(`bench/${name}.mjs failed: ${failed}\n`);
  }
}
const table = {
  machine: machine(),
  peers: await peerVersions(),
  rows: rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
};
writeFileSync(ROWS, `${JSON.stringify(table, undefined, 2)}\n`);
writeFileSync(PAGE, pageOf(table));
process.stdout.write("docs/benchmarks.md is written\n");
process.exitCode = failures > 0 ? 1 : 0;
