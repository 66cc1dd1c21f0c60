import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EC2 } from "@aws-sdk/client-ec2";
import { describe, expect, it, onTestFinished } from "vitest";
import { EXIT_CODES } from "../../src/engine/exit-code.ts";
import { AwsError } from "../../src/sandbox/service.ts";
import { reportFigures } from "../figures.ts";
import { clientSettings } from "../sandbox/client-settings.ts";
import { start, throwAwayFolder, type Ended, type Place } from "./binary.ts";
import { sandboxOf, type StandaloneSandbox } from "./standalone-sandbox.ts";

/** `all`: what fills up where, and few file handles; by default one case. */
const ALL = process.env["GAMEDAY_DISK"] === "all";

const PHASES = ["prepare", "recover", "verify", "teardown"] as const;
type Phase = (typeof PHASES)[number];

/** What a file system of its own has too little of, and what uses it up. */
const SHORTAGES = {
  room: { option: "size=1m", fill: "cat /dev/zero > filler; true" },
  inodes: { option: "nr_inodes=160", fill: "mkdir -p f; i=0; while touch f/$i; do i=$((i+1)); done; true" },
} as const;
type Shortage = keyof typeof SHORTAGES;

const isRoot = process.getuid?.() === 0;

async function smallDisk(option: string): Promise<string> {
  const at = await throwAwayFolder();
  execFileSync("mount", ["-t", "tmpfs", "-o", option, "gameday-test", at]);
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

const STEPS: Readonly<Record<Phase, readonly string[]>> = {
  prepare: [
    `{ id: marker, uses: ebs.write-marker, with: { volumeTag: { key: Snapshot, value: "true" } } }`,
    `{ id: snapshot, uses: ebs.create-snapshot, with: { volumeId: "\${{ steps.marker.volumeId }}" } }`,
  ],
  recover: [`{ id: none, uses: command.run, with: { command: ["true"] } }`],
  verify: [`{ id: never, uses: command.run, with: { command: ["true"] } }`],
  teardown: [],
};

/** The drill, with a program at the end of a phase. What may not be deleted is not tried for long. */
function drill(phase: Phase, program: string, teardownBudget: string): string {
  const last = `{ id: fill, uses: command.run, with: { command: [sh, -c, "${program}"] } }`;
  const phases = PHASES.map((name) => {
    const steps = name === phase ? [...STEPS[name], last] : STEPS[name];
    return steps.length === 0 ? "" : `${name}:\n${steps.map((step) => `  - ${step}\n`).join("")}`;
  });
  return `apiVersion: gameday/v1
name: full
description: Fills the disk that its record is on.
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"], teardownBudget: ${teardownBudget} }
${phases.join("")}`;
}

async function run(sandbox: StandaloneSandbox, text: string, place: Place): Promise<Ended> {
  await mkdir(join(place.cwd, "drills/full"), { recursive: true });
  await writeFile(join(place.cwd, "drills/full/drill.yaml"), text);
  return start(["run", "full", "--plain"], { ...place, env: sandbox.environment }).ended;
}

const notAllowed = ({ operation }: { readonly operation: string }) =>
  operation === "DeleteSnapshot"
    ? { kind: "error" as const, error: new AwsError("UnauthorizedOperation", "no", 403) }
    : undefined;

/** Ends as documented: never as a bug; what remains in the account is listed by id with exit code 6, and nothing else ends so. */
async function expectDocumented(sandbox: StandaloneSandbox, { code, stdout, stderr }: Ended): Promise<void> {
  const said = stdout + stderr;
  expect(
    Object.values(EXIT_CODES).map((exit) => exit.code),
    said,
  ).toContain(code);
  expect(code, said).not.toBe(EXIT_CODES.internal.code);
  expect(said).not.toContain("gameday has a bug");
  expect(stderr).not.toContain("DEP0137");
  const { Snapshots = [] } = await new EC2(clientSettings(sandbox, "us-east-1")).describeSnapshots({
    Filters: [{ Name: "tag-key", Values: ["gameday:run"] }],
  });
  for (const { SnapshotId = "" } of Snapshots)
    expect(stderr).toMatch(new RegExp(`may remain:[^]*\n {2}ec2\\.snapshot ${SnapshotId} in us-east-1`));
  expect(code === EXIT_CODES.leftovers.code, said).toBe(Snapshots.length > 0);
}

const CASES = PHASES.flatMap((phase) =>
  (Object.keys(SHORTAGES) as Shortage[]).flatMap((shortage) =>
    [true, false].map((denied) => ({ phase, shortage, denied })),
  ),
);
const SAMPLE: typeof CASES = [{ phase: "recover", shortage: "room", denied: true }];

reportFigures("full disk");

describe("a disk that fills up leaves the exit code to the verdict", () => {
  it.skipIf(!isRoot || !canMount()).each(ALL ? CASES : SAMPLE)(
    "no $shortage left in $phase, deleting denied: $denied [skipped where nobody may mount]",
    async ({ phase, shortage, denied }) => {
      const sandbox = await sandboxOf({ speed: 100, interceptors: denied ? [notAllowed] : [] });
      const { option, fill } = SHORTAGES[shortage];
      const ended = await run(sandbox, drill(phase, fill, !denied ? "1m" : phase === "teardown" ? "10s" : "1s"), {
        cwd: await smallDisk(option),
      });
      await expectDocumented(sandbox, ended);
      expect(ended.code).not.toBe(EXIT_CODES.passed.code);
      if (denied) expect(ended.code).toBe(EXIT_CODES.leftovers.code);
      expect(ended.stdout).not.toContain("report:");
    },
  );
});

// With fewer than 32 Node.js itself cannot load what gameday is.
describe.runIf(ALL)("few file handles end no run as a bug [npm run test:disk]", () => {
  it.each(Array.from({ length: 12 }, (_, index) => 32 + index * 8))("%i of them", async (openFiles) => {
    const sandbox = await sandboxOf({ speed: 100 });
    await expectDocumented(
      sandbox,
      await run(sandbox, drill("verify", "true", "1m"), { cwd: await throwAwayFolder(), openFiles }),
    );
  });
});
