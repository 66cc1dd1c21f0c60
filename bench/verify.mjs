/* `gameday verify` of a bundle with a large data manifest against `sha256sum -c`: node bench/verify.mjs [LINES]. Needs a build. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GAMEDAY as binary, median, ms, run, tell } from "./measure.mjs";

const lines = Number(process.argv[2] ?? 1_000_000);
const cwd = mkdtempSync(join(tmpdir(), "gameday-bench-"));
const drill = `apiVersion: gameday/v1
name: bench
description: A bundle to verify.
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
recover: [{ id: manifest, uses: command.run, with: { command: [node, keep-manifest.mjs], captureStdout: json } }]
`;
/** Keeps lines in the run's folder and hands on what they are known by, as steps that take a manifest do. */
const keepManifest = `import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
let text = "";
for (let n = 0; n < ${lines}; n++)
  text += createHash("sha256").update(String(n)).digest("hex") + "  ./data/" + (n % 100) + "/file-" + n + ".bin\\n";
const root = createHash("sha256").update(text).digest("hex");
const [run] = readdirSync(".gameday/runs");
mkdirSync(".gameday/runs/" + run + "/manifests");
writeFileSync(".gameday/runs/" + run + "/manifests/" + root.slice(0, 32) + ".txt", text);
console.log(JSON.stringify({ algorithm: "sha256", root, lines: "manifests/" + root.slice(0, 32) + ".txt" }));
`;
writeFileSync(join(cwd, "bench.yaml"), drill);
writeFileSync(join(cwd, "keep-manifest.mjs"), keepManifest);
spawnSync(process.execPath, [binary, "rehearse", "bench.yaml", "--plain"], { cwd });
const [id] = readdirSync(join(cwd, ".gameday/runs"));
const bundle = join(cwd, ".gameday/runs", id, "bundle");
if (readdirSync(join(bundle, "data/manifests")).length !== 1) throw new Error("the bundle has no manifest");

const commands = [
  ["sha256sum", "-c", "--quiet", "MANIFEST.sha256"],
  [process.execPath, binary, "verify", "."],
];
const times = commands.map(() => []);
for (let round = 0; round < 7; round++) {
  for (const [index, command] of commands.entries()) times[index].push((await run(command, { cwd: bundle })).wallMs);
}
const [theirs, ours] = times.map(median);
const ratio = ours / theirs;
tell({
  id: "4.2",
  what: `gameday verify of a bundle with a manifest of ${lines} lines`,
  ours: ms(ours),
  peer: `sha256sum -c of the same files, ${ms(theirs)}`,
  ratio,
  goal: "≤ 1.5×",
  met: ratio <= 1.5,
});
rmSync(cwd, { recursive: true, force: true });
