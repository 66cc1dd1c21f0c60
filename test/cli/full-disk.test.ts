import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { AwsError } from "../../src/sandbox/service.ts";
import { start, throwAwayFolder } from "./binary.ts";
import { sandboxOf } from "./standalone-sandbox.ts";

const isRoot = process.getuid?.() === 0;

/** A file system of its own, so small that a drill can fill it. */
async function smallDisk(): Promise<string> {
  const at = await throwAwayFolder();
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "gameday-test", at]);
  onTestFinished(() => void execFileSync("umount", ["--lazy", at]));
  return at;
}

function canMount(): boolean {
  try {
    execFileSync("unshare", ["--mount", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const DRILL = `apiVersion: gameday/v1
name: full
description: Fills the disk that its record is on.
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"], teardownBudget: 5s }
prepare:
  - id: marker
    uses: ebs.write-marker
    with: { volumeTag: { key: Snapshot, value: "true" } }
  - id: snapshot
    uses: ebs.create-snapshot
    with: { volumeId: "\${{ steps.marker.volumeId }}" }
recover:
  - id: fill
    uses: command.run
    with: { command: [sh, -c, "cat /dev/zero > filler; true"] }
verify:
  - id: never
    uses: command.run
    with: { command: ["true"] }
`;

it.skipIf(!isRoot || !canMount())(
  "a full disk leaves the exit code to the verdict: 6 stays 6, and what remains is listed by id [skipped where nobody may mount]",
  async () => {
    const sandbox = await sandboxOf({
      speed: 100,
      interceptors: [
        ({ operation }) =>
          operation === "DeleteSnapshot"
            ? { kind: "error", error: new AwsError("UnauthorizedOperation", "no", 403) }
            : undefined,
      ],
    });
    const cwd = await smallDisk();
    await mkdir(join(cwd, "drills/full"), { recursive: true });
    await writeFile(join(cwd, "drills/full/drill.yaml"), DRILL);
    const { code, stdout, stderr } = await start(["run", "full", "--plain"], { cwd, env: sandbox.environment }).ended;
    expect(code, stdout + stderr).toBe(6);
    expect(stderr).toMatch(/may remain:\n {2}ec2\.snapshot snap-[0-9a-f]+ in us-east-1/);
    expect(stdout + stderr).not.toContain("gameday has a bug");
    expect(stdout).not.toContain("report:");
    expect(stderr).not.toContain("DEP0137");
  },
);
