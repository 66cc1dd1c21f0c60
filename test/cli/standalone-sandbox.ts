import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { startSandbox, type Sandbox, type SandboxOptions } from "../../src/sandbox/sandbox.ts";
import { seedExistingInstance } from "../../src/sandbox/seed.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";

export interface StandaloneSandbox extends Sandbox {
  /** What was called on it, in order, each operation once in a row. */
  operations(): readonly string[];
}

/** A sandbox in the test's own process for a gameday in another: it runs fast and does not jump, as the other has a clock of its own. */
export async function sandboxOf(
  options: Partial<SandboxOptions> & { speed?: number } = {},
  whenOver: (work: () => Promise<void>) => void = onTestFinished,
): Promise<StandaloneSandbox> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-standalone-"));
  const clock = new VirtualClock({ jumps: false, speed: options.speed ?? 1 });
  const sandbox = await startSandbox({ clock, folder, ...options });
  await seedExistingInstance(sandbox, { region: "us-east-1", drRegion: "us-west-2" });
  whenOver(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  });
  const operations = () =>
    sandbox.world.log
      .filter(({ what }) => what === "call")
      .map(({ id }) => id)
      .filter((id, index, all) => id !== all[index - 1]);
  return { ...sandbox, operations };
}
