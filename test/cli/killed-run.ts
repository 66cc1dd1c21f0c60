import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunStarted } from "../../src/engine/events.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { chained } from "../evidence/bundle/small-bundle.ts";
import { started } from "../evidence/events.ts";
import type { Timed } from "../evidence/journaled.ts";

export const QUICK_DRILL = `apiVersion: gameday/v1
name: quick
description: The shortest drill there is.
objectives: { rto: 1h }
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
recover:
  - { id: ok, uses: command.run, with: { command: ["true"] } }
`;

export interface KilledRun {
  readonly cwd: string;
  readonly runId: string;
  readonly sandbox: Pick<Sandbox, "endpoint" | "account">;
  /** What it had made when it was killed, in us-west-2. */
  readonly made: readonly {
    readonly kind: string;
    readonly id: string;
    readonly attributes?: Record<string, string>;
  }[];
  readonly drill?: string;
  readonly account?: string;
  readonly process?: RunStarted["process"];
  /** Where it took place, instead of a rehearsal on the sandbox. */
  readonly place?: Pick<RunStarted, "mode" | "endpoint">;
  /** What follows in its journal. */
  readonly more?: readonly Timed[];
}

/** The folder that a run leaves whose process was killed, as far as resume and cleanup read it. Returns its path. */
export async function killedRun(of: KilledRun): Promise<string> {
  const folder = join(of.cwd, ".gameday/runs", of.runId);
  const text = of.drill ?? QUICK_DRILL;
  const drill = {
    name: "quick",
    description: "",
    path: "quick.yaml",
    sha256: createHash("sha256").update(text).digest("hex"),
    text,
  };
  const run = { runId: of.runId, drill, steps: [], ...(of.process ? { process: of.process } : {}) };
  const events: Timed[] = [
    started({ ...run, ...(of.place ?? { mode: "rehearsal", endpoint: of.sandbox.endpoint }) }),
    { t: 1, type: "identity-confirmed", account: of.account ?? of.sandbox.account, arn: "arn:test", clockOffsetMs: {} },
    ...of.made.flatMap(({ kind, id, attributes = {} }, index): Timed[] => {
      const key = `ok#1/${index}`;
      const common = { key, kind, region: "us-west-2", token: `token-${id}`, tags: {}, attributes, step: "ok" };
      return [
        { t: 2, type: "resource-intended", resource: common },
        { t: 3, type: "resource-created", key, id, adopted: false },
      ];
    }),
    ...(of.more ?? []),
  ];
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "journal.jsonl"), chained(events, undefined).text);
  return folder;
}
