import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { recordFigures, stopwatch } from "../figures.ts";
import { findTerraform } from "../interop/terraform-cli.ts";
import { EXHAUSTIVE, killAll, measureCleanRun } from "./battery.ts";
import { buildChild } from "./build-child.ts";
import type { KillPoint } from "./kill-switch.ts";
import { CROSS_REGION } from "./subjects.ts";

const terraform = await findTerraform(process.env["PATH"] ?? "");
afterAll(() => terraform.close());

const lacking = terraform.lacking ?? (EXHAUSTIVE ? undefined : "only with GAMEDAY_KILL=all");
const skipped = lacking === undefined ? "" : ` (skipped: ${lacking})`;
/** Each of them takes half a minute: the whole drill twice, with the real Terraform. */
const POINTS = 12;

describe("SIGKILL while the real Terraform works, then resume", () => {
  it.skipIf(skipped)(
    `the run passes, nothing is made twice, nothing is left${skipped}`,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "gameday-kill-child-"));
      try {
        const elapsed = stopwatch();
        const script = await buildChild(folder);
        const { calls, events } = await measureCleanRun(script, CROSS_REGION);
        const points = spread({ calls, events });
        await killAll(
          script,
          points.map((point) => ({ subject: CROSS_REGION, points: [point] })),
        );
        const more = { calls, events };
        recordFigures({
          battery: "kill ebs-cross-region",
          cases: points.length,
          failures: 0,
          seconds: elapsed(),
          more,
        });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    3_600_000,
  );
});

/** Points that lie apart: half of them at calls, before and after their effect, half right after events. */
function spread({ calls, events }: { readonly calls: number; readonly events: number }): readonly KillPoint[] {
  return Array.from({ length: POINTS }, (_, index) => {
    const at = (count: number) => 1 + Math.floor(((index + 0.5) * count) / POINTS);
    if (index % 2 === 0) return { event: at(events) };
    return { call: at(calls), when: index % 4 === 1 ? "before the effect" : "after the effect" };
  });
}
