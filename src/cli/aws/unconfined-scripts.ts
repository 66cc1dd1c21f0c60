import { Failure } from "../../engine/failure.ts";
import { confinement } from "../../sandbox/hosts/confinement.ts";
import { isRoot } from "../../sandbox/hosts/host.ts";
import type { Io } from "../io.ts";

/**
 * Scripts of the sandbox's hosts run on this machine. Where nothing can keep them from it, root's are refused unless allowed, and
 * anybody else is told.
 * @throws Failure `scripts-unconfined`, with consequence `refused`
 */
export async function checkScriptsConfined(allowed: boolean | undefined, io: Io): Promise<void> {
  const found = await confinement();
  if (found.kind === "namespaces") return;
  const because = found.because.split("\n", 1)[0] ?? "";
  if (isRoot() && !allowed)
    throw new Failure({
      code: "scripts-unconfined",
      message: `the sandbox would run the scripts of its hosts as root, and nothing here keeps them from this machine (${because})`,
      fixer: "operator",
      next: `run gameday as another user, or, where everything on this machine may be lost, with --allow-unconfined-scripts`,
      consequence: "refused",
    });
  io.stderr.write(
    `gameday: the scripts of the sandbox's hosts run on this machine as you, and nothing keeps them from your files (${because})\n`,
  );
}
