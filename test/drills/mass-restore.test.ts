import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDrill } from "../../src/drill/load-drill.ts";
import type { Drill } from "../../src/drill/drill.ts";
import { STEP_KINDS } from "../../src/steps/all.ts";
import { DR, startRehearsal, type RehearsedRun, type Rehearsal } from "../steps/rehearsal.ts";

const PATH = join(import.meta.dirname, "../../drills/ebs-mass-restore/drill.yaml");
const HOSTS = 6;
const VOLUMES = 6;

async function drillOf(yaml: string): Promise<Drill> {
  const { drill, diagnostics } = await loadDrill(PATH, Buffer.from(yaml), STEP_KINDS);
  expect(diagnostics).toEqual([]);
  return drill!;
}

/** The shipped drill, with fewer hosts and volumes: more hosts than RunInstances takes at once. */
function smaller(yaml: string): string {
  const upTo = (count: number) => `[${Array.from({ length: count }, (_, index) => index).join(", ")}]`;
  return yaml
    .replace(/forEach: \[0, 1, [^\]]*\]/, `forEach: ${upTo(HOSTS)}`)
    .replace(/forEach:\s+\[\s+0, 1, [^\]]*\]/, `forEach: ${upTo(VOLUMES)}`)
    .replace("% 20", `% ${HOSTS}`);
}

describe("ebs-mass-restore", () => {
  let rehearsal: Rehearsal;
  let result: RehearsedRun;
  beforeAll(async () => {
    const { phases, ...drill } = await drillOf(smaller(readFileSync(PATH, "utf8")));
    rehearsal = await startRehearsal();
    result = await rehearsal.run(phases, drill);
  });
  afterAll(() => rehearsal.close());
  const log = () => rehearsal.sandbox.world.log.filter(({ region }) => region === DR);
  const calls = (operation: string) => log().filter(({ id }) => id === `ec2:${operation}`);

  it("restores 200 volumes and spreads them evenly over 20 hosts", async () => {
    const { phases } = await drillOf(readFileSync(PATH, "utf8"));
    const [made] = phases.recover;
    const lists = made && "parallel" in made ? made.parallel.map(({ forEach }) => forEach) : [];
    expect(lists).toEqual([20, 200].map((count) => Array.from({ length: count }, (_, index) => index)));
  });

  it("is passed, with every file of every volume verified", () => {
    expect(result.record.phases.map(({ outcome }) => outcome)).toEqual(["passed", "passed", "passed", "passed"]);
    expect(result.record.checks.filter(({ passed }) => passed)).toHaveLength(VOLUMES);
  });

  it("has not one call refused by a sandbox that enforces EC2's rates", () => {
    expect(log().filter(({ what, state }) => what === "call" && state === "RequestLimitExceeded")).toEqual([]);
    expect(calls("RunInstances")).toHaveLength(HOSTS);
    expect(calls("CreateVolume")).toHaveLength(VOLUMES);
    expect(calls("AttachVolume").filter(({ state }) => state === "200")).toHaveLength(VOLUMES);
  });

  it("leaves nothing in the DR Region", async () => {
    const left = (await rehearsal.sandbox.inventory()).filter(({ region }) => region === DR);
    expect(left.filter(({ state }) => state !== "terminated")).toEqual([]);
  });
});
