// Mutates the code that keeps a run safe and its record honest, part by part (all, or those named), and records the figures:
//   npm run test:mutation [-- engine cleanup evidence aws] && npm run reliability
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { MUTATED_PARTS } from "../stryker.config.mjs";

const FIGURES = process.env.GAMEDAY_FIGURES ?? "docs/reliability.jsonl";
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in MUTATED_PARTS));
if (unknown.length > 0)
  throw new Error(`no part ${unknown.join(", ")}; parts: ${Object.keys(MUTATED_PARTS).join(", ")}`);

for (const part of asked.length > 0 ? asked : Object.keys(MUTATED_PARTS)) {
  const stryker = spawnSync("npx", ["stryker", "run"], {
    stdio: "inherit",
    env: { ...process.env, GAMEDAY_MUTATE: part },
  });
  if (stryker.status !== 0) throw new Error(`stryker ended with ${stryker.status ?? stryker.signal}`);
  const { files } = JSON.parse(readFileSync(`.stryker/${part}.json`, "utf8"));
  const counts = { Killed: 0, Timeout: 0, Survived: 0, NoCoverage: 0 };
  for (const { mutants } of Object.values(files))
    for (const { status } of mutants) if (status in counts) counts[status]++;
  const figures = {
    mutation: part,
    files: Object.keys(files).length,
    counts,
    day: new Date().toISOString().slice(0, 10),
  };
  appendFileSync(FIGURES, `${JSON.stringify(figures)}\n`);
}
