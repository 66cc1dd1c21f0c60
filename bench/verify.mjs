/* `gameday verify` of a bundle with a large data manifest against `sha256sum -c`: node bench/verify.mjs [LINES]. Needs a build. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";

const lines = Number(process.argv[2] ?? 1_000_000);
const binary = join(import.meta.dirname, "../dist/gameday.js");
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

function best(what, command, args, options) {
  const times = [];
  for (let round = 0; round < 7; round++) {
    const began = performance.now();
    execFileSync(command, args, { stdio: "pipe", ...options });
    times.push(performance.now() - began);
  }
  const ms = Math.min(...times);
  process.stdout.write(`${what.padEnd(22)} ${ms.toFixed(0)} ms\n`);
  return ms;
}
const sum = best("sha256sum -c", "sha256sum", ["-c", "--quiet", "MANIFEST.sha256"], { cwd: join(cwd, "large") });
const start = best("gameday --version", process.execPath, [binary, "--version"], { cwd });
const verify = best("gameday verify", process.execPath, [binary, "verify", "large"], { cwd });
process.stdout.write(
  `ratio ${(verify / sum).toFixed(2)}; without Node's own start ${((verify - start) / sum).toFixed(2)}\n`,
);
rmSync(cwd, { recursive: true, force: true });
