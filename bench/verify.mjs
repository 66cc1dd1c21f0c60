/* `gameday verify` of a bundle with a large data manifest against `sha256sum -c`: node bench/verify.mjs [LINES]. Needs a build. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
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
recover: [{ id: ok, uses: command.run, with: { command: [node, --version] } }]
`;
writeFileSync(join(cwd, "bench.yaml"), drill);
spawnSync(process.execPath, [binary, "rehearse", "bench.yaml", "--plain"], { cwd });
const [id] = readdirSync(join(cwd, ".gameday/runs"));
const folder = join(cwd, ".gameday/runs", id, "manifests");
mkdirSync(folder, { recursive: true });
const out = createWriteStream(join(folder, `${"ab".repeat(16)}.txt`));
for (let n = 0; n < lines; n++) {
  const digest = createHash("sha256").update(String(n)).digest("hex");
  if (!out.write(`${digest}  ./data/${n % 100}/file-${n}.bin\n`)) await once(out, "drain");
}
out.end();
await once(out, "finish");
execFileSync(process.execPath, [binary, "bundle", id, "--output", "large"], { cwd });

const commands = [
  ["sha256sum", "-c", "--quiet", "MANIFEST.sha256"],
  [process.execPath, binary, "verify", "."],
];
const times = commands.map(() => []);
for (let round = 0; round < 7; round++) {
  for (const [index, command] of commands.entries())
    times[index].push((await run(command, { cwd: join(cwd, "large") })).wallMs);
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
