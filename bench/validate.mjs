/*
 * Checking a drill of 1,000 steps against parsing it with the yaml package alone: node bench/validate.mjs. Needs a build. In one
 * process, all checks of `gameday validate` included; and whole processes beside a script that loads yaml and parses the file.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { inside } from "./from-source.mjs";
import { compare, GAMEDAY, ms, tell, timed } from "./measure.mjs";

const STEPS = 1_000;
const HEAD = `apiVersion: gameday/v1
name: many
description: Many steps.
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
`;
// 64 KiB is the largest drill there is.
const steps = Array.from({ length: STEPS }, (_, n) => `- { id: s${n}, uses: command.run, with: { command: [a] } }\n`);
const text = `${HEAD}recover:\n${steps.slice(0, -1).join("")}verify:\n${steps.at(-1)}`;

const { check } = await inside("check");
const bytes = new TextEncoder().encode(text);
const found = await check(bytes);
if (found !== STEPS) throw new Error(`${found} of ${STEPS} steps were found`);
const ours = await timed(() => check(bytes), 25);
const theirs = await timed(() => parse(text), 25);
const ratio = ours / theirs;
tell({
  id: "5.8a",
  what: `checking a drill of ${STEPS} steps, in one process`,
  ours: ms(ours),
  peer: `yaml.parse alone, ${ms(theirs)}`,
  ratio,
  goal: "≤ 0.3×",
  met: ratio <= 0.3,
});

const folder = mkdtempSync(join(tmpdir(), "gameday-bench-"));
const drill = join(folder, "drill.yaml");
writeFileSync(drill, text);
const yaml = JSON.stringify(join(import.meta.dirname, "../node_modules/yaml"));
const script = `require(${yaml}).parse(require("node:fs").readFileSync(${JSON.stringify(drill)}, "utf8"))`;
const commands = [
  [process.execPath, GAMEDAY, "validate", drill],
  [process.execPath, "-e", script],
];
const [whole, alone] = await compare(commands, 11);
rmSync(folder, { recursive: true });
tell({
  id: "5.8b",
  what: `gameday validate of a drill of ${STEPS} steps, whole process`,
  ours: ms(whole),
  peer: `a node script that parses it with yaml, ${ms(alone)}`,
  ratio: whole / alone,
  goal: "–",
});
