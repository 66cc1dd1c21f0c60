import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = join(ROOT, "docs/evidence.md");
const tools = ["openssl", "sha256sum", "sed", "sh"];
const missing = tools.filter((tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0);
const reason = missing.length > 0 ? ` (skipped: no ${missing.join(", ")} here)` : "";

/** What differs from run to run. */
function normalised(text: string): string {
  return text
    .replace(/\b[0-9a-f]{64}\b/g, "<sha256>")
    .replace(/(?<= )[0-9a-f]{12}(?= )/g, "<bundle>")
    .replace(/\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g, "<run>")
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{3})?)?Z/g, "<instant>")
    .replace(/\b\d+d \d\dh \d\dm \d\ds\b|\b\d+h \d\dm \d\ds\b|\b\d+m \d\ds\b|\b\d+(\.\d)?s\b/g, "<duration>")
    .replace(/[ \t]+/g, " ")
    .trimEnd();
}

/** The page with each command's output as it is now: standard output, then standard error. */
function regenerated(page: string, run: (command: string) => string): string {
  return page.replace(/```console\n([\s\S]*?)```/g, (_block, body: string) => {
    const commands = body.split("\n").filter((line) => line.startsWith("$ "));
    return `\`\`\`console\n${commands.map((line) => `${line}\n${run(line.slice(2))}`).join("")}\`\`\``;
  });
}

it.skipIf(reason !== "")(
  `docs/evidence.md shows what its commands print (GAMEDAY_WRITE_DOCS=1 writes it)${reason}`,
  async () => {
    const cwd = await mkdtemp(join(tmpdir(), "gameday-docs-"));
    try {
      const bin = join(cwd, ".bin");
      await mkdir(bin);
      await writeFile(join(bin, "gameday"), `#!/bin/sh\nexec "${process.execPath}" "${ROOT}/dist/gameday.js" "$@"\n`);
      await chmod(join(bin, "gameday"), 0o755);
      const { PATH = "", HOME = "" } = process.env;
      const env = {
        PATH: `${bin}:${PATH}`,
        HOME,
        AWS_CONFIG_FILE: "/dev/null",
        AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      };
      const run = (command: string) => {
        const { stdout, stderr } = spawnSync("sh", ["-c", command], { cwd, env, encoding: "utf8" });
        return stdout + stderr;
      };
      const page = await readFile(PAGE, "utf8");
      const now = regenerated(page, run);
      if (process.env["GAMEDAY_WRITE_DOCS"] === "1") await writeFile(PAGE, now);
      else expect(normalised(page)).toBe(normalised(now));
    } finally {
      await rm(cwd, { recursive: true, force: true });
    }
  },
);
