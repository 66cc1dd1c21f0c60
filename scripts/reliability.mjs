// Writes docs/reliability.md from the figures that the batteries have left in docs/reliability.jsonl:
//   GAMEDAY_FIGURES=docs/reliability.jsonl npm run test:kill && npm run reliability
import { readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import { MUTATED_PARTS } from "../stryker.config.mjs";

const FIGURES = "docs/reliability.jsonl";
const PAGE = "docs/reliability.md";

/** What is proven, by which batteries (as test/figures.ts records them), with which command. */
const ROWS = [
  {
    test: "SIGKILL at every call that changes something, before and after its effect, and right after every event: `ebs-snapshot-copy`",
    batteries: ["kill ebs-snapshot-copy"],
    pass: "resume passes; each resource is made once; nothing is left",
    command: "npm run test:kill",
  },
  {
    test: "The same for steps side by side: `ebs-mass-restore` with two hosts and four volumes",
    batteries: ["kill ebs-mass-restore, small"],
    pass: "the same",
    command: "npm run test:kill",
  },
  {
    test: "The same for the steps of `ebs-cross-region` that need no Terraform",
    batteries: ["kill ebs-cross-region without Terraform"],
    pass: "the same",
    command: "npm run test:kill",
  },
  {
    test: "SIGKILL in `ebs-cross-region` with the real Terraform, which outlives gameday",
    batteries: ["kill ebs-cross-region"],
    pass: "the same",
    command: "npm run test:kill",
  },
  {
    test: "SIGKILL at random instants, twice in a row: also in teardown, and in the resume",
    batteries: ["kill random"],
    pass: "the same",
    command: "npm run test:kill (50 seeds: .ci/run)",
  },
  {
    test: "SIGINT, SIGTERM or SIGHUP right after events of `ebs-snapshot-copy`: in every step, and between them",
    batteries: ["signals, once"],
    pass: "torn down, nothing is left; the signal's exit code, unless teardown had begun",
    command: "npm run test:signals (60 points: GAMEDAY_SIGNALS=60 npx vitest run test/kill/signals.test.ts)",
  },
  {
    test: "The same, and again right after the next event: left at once",
    batteries: ["signals, twice"],
    pass: "exit code 6 and each id where anything is left; resume removes it",
    command: "npm run test:signals",
  },
  {
    test: "SIGINT once and twice, SIGTERM, SIGHUP, Ctrl-C to the whole process group",
    batteries: ["signals"],
    pass: "the signal's exit code; Terraform sees one signal",
    command: "npm run build && npx vitest run test/cli/signals.test.ts",
  },
  {
    test: "The real Terraform killed in a create, its state empty, `errored.tfstate`, its lock held",
    batteries: ["terraform orphans"],
    pass: "the sweep finds what the state forgot",
    command: "npm run test:orphans",
  },
  {
    test: "Every fault at every operation of `ebs-snapshot-copy`, and faults of Terraform's own calls",
    batteries: ["faults, first half", "faults, second half", "faults, Terraform"],
    pass: "a documented outcome; nothing left, or exit code 6 and each id",
    command: "npm run test:faults",
  },
  {
    test: "A journal cut at every byte, every byte flipped in three ways",
    batteries: ["journal"],
    pass: "a clean prefix or a loud refusal, never a wrong record",
    command: "npx vitest run test/engine/journal.test.ts",
  },
  {
    test: "Every byte of every file of an evidence bundle changed, one at a time",
    batteries: ["bundle-flips"],
    pass: "`gameday verify` names that file",
    command: "GAMEDAY_FLIP_ALL=1 npx vitest run test/evidence/bundle/every-bit.test.ts",
  },
  {
    test: "Two processes start one drill at the same moment; then the owner is killed",
    batteries: ["races"],
    pass: "one winner, the other exits with 11 and names it; the lock is taken over at once",
    command: "npm run test:races",
  },
  {
    test: "Teardown and cleanup among foreign, near-miss-tagged and other runs' resources",
    batteries: ["foreign resources"],
    pass: "nothing foreign is deleted, and all that is the run's",
    command: "npm run test:foreign",
  },
  {
    test: "Drill files: edited, of a drill's own keys, of tokens, of bytes",
    batteries: ["drill-file fuzz"],
    pass: "no crash, a place in every error",
    command: "npm run test:fuzz",
  },
  {
    test: "Shell, expressions, Markdown, HTML, ANSI, bidi, JUnit, CSV, Mermaid, CI commands in all text from outside",
    batteries: ["injection"],
    pass: "every report, the terminal and the journal keep their structure",
    command: "npm run test:injection",
  },
  {
    test: "The same as file names, tags, errors, outputs and values of scripts that hosts really run",
    batteries: ["host injection"],
    pass: "arrives as it is; nothing of it is run",
    command: "npm run test:injection",
  },
  {
    test: "Paths: `..`, absolute, links, NUL, devices, in drill, directory, run, report and new drill",
    batteries: ["paths"],
    pass: "refused, and nothing elsewhere is touched",
    command: "npm run test:paths",
  },
  {
    test: "A disk without room or without inodes, from each phase on, where deleting is allowed and where it is denied; 32 to 120 file handles",
    batteries: ["full disk"],
    pass: "no bug; the verdict's exit code; 6 and each id where anything is left",
    command: "npm run test:disk",
  },
  {
    test: "Secrets in the environment, in Terraform's outputs, errors and state, in AWS's errors; also in Base64, URLs, JSON, hex",
    batteries: ["canary secrets"],
    pass: "in no file that a run leaves, and in none of its output",
    command: "npm run test:secrets",
  },
];

const lines = readFileSync(FIGURES, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line));
const found = new Map(lines.map((figures) => [figures.battery, figures]));

function result({ batteries }) {
  const run = batteries.flatMap((battery) => found.get(battery) ?? []);
  if (run.length === 0) return ["not yet run", "", ""];
  const sum = (key) => run.reduce((total, figures) => total + figures[key], 0);
  const failed = sum("failures");
  const missing = batteries.length - run.length;
  const more = run.flatMap((figures) =>
    Object.entries(figures.more ?? {}).map(([what, count]) => (what === "ends" ? count : `${what}: ${count}`)),
  );
  const cases = [`${sum("cases").toLocaleString("en")}`, ...(missing > 0 ? ["(in part)"] : [])].join(" ");
  return [
    cases,
    failed === 0 ? "0" : `**${failed}**`,
    [...more, `${Math.round(sum("seconds"))} s`, run.at(-1).day].join("; "),
  ];
}

const cell = (text) => text.replaceAll("|", "\\|");
const rows = ROWS.map((row) => [row.test, row.pass, ...result(row), `\`${row.command}\``].map(cell));
const table = [
  ["What happens", "What must hold", "Cases", "Failed", "Figures", "Reproduce"],
  ["---", "---", "---:", "---:", "---", "---"],
  ...rows,
].map((cells) => `| ${cells.join(" | ")} |`);

function mutationRow([part, { counts, files, day }]) {
  const caught = counts.Killed + counts.Timeout;
  const all = caught + counts.Survived + counts.NoCoverage;
  const patterns = MUTATED_PARTS[part].mutate.map((pattern) => `\`${pattern}\``).join(", ");
  return [
    patterns,
    files,
    all,
    caught,
    `${((100 * caught) / all).toFixed(1)} %`,
    day,
    `\`npm run test:mutation -- ${part}\``,
  ];
}

const mutated = new Map(lines.filter((line) => line.mutation in MUTATED_PARTS).map((line) => [line.mutation, line]));
const mutationTable = [
  ["Mutated", "Files", "Mutations", "Caught", "Score", "Day", "Reproduce"],
  ["---", "---:", "---:", "---:", "---:", "---", "---"],
  ...[...mutated].map(mutationRow),
].map((cells) => `| ${cells.join(" | ")} |`);

const page = `# Reliability

> Every create is journaled before it is sent, carries the run's tag or token where the API allows it, and is either deleted or
> listed by id with exit code 6.

This is how that promise, and what belongs to it, is tried. The judge is the sandbox's own log and inventory, never gameday's
journal. \`npm test\` runs a small sample of each of these; the figures are those of the whole batteries.

${table.join("\n")}

The figures are what the batteries have recorded themselves: \`GAMEDAY_FIGURES=${FIGURES}\` before any of the commands makes it add a
line there, and \`npm run reliability\` writes this page from the newest line of each. Wall times are of a shared machine with two cores.

## Mutations

Whether the tests would notice if the code that keeps a run safe and its record honest were wrong: Stryker changes it in one place
at a time and runs the tests beside it. A mutation that makes a test fail or hang is caught. Text literals are not mutated: wording is held
by the golden reports and by tests of the built binary, which this does not run.

${mutationTable.join("\n")}
`;
writeFileSync(PAGE, await format(page, { parser: "markdown", printWidth: 120 }));
