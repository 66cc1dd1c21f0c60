import { join } from "node:path";
import { Failure } from "../../engine/failure.ts";
import { readRegularText } from "../../engine/regular-file.ts";
import { whyNotSigned } from "../../evidence/attestation/envelope.ts";
import { readIntent } from "../../evidence/attestation/read-statement.ts";
import { INTENT_STATEMENT } from "../../evidence/bundle/bundle-file.ts";
import { RESOURCE_KINDS } from "../../resources/all.ts";
import { keyOfRuns } from "../evidence/signing-key.ts";
import type { Io } from "../io.ts";
import { runsFolder } from "../runs/run-folder.ts";
import type { Search } from "./find-leftovers.ts";
import type { Leftover, Stay } from "./leftover.ts";

/**
 * Terraform runs the configuration and the providers that lie in the run's folder, and destroys whatever its state lists. So a stack
 * stays where no key that is here has signed what the run was going to do: such a folder may have come from anybody. Who names a run
 * means it.
 */
export async function becauseNotDeclaredHere(
  { runId, entry }: Leftover,
  { io, named }: Pick<Search, "io" | "named">,
): Promise<Stay | undefined> {
  if (!RESOURCE_KINDS.get(entry.kind)?.runsPrograms || named.has(runId)) return undefined;
  const why = await whyNotDeclaredHere(runId, io);
  if (why === undefined) return undefined;
  return {
    why: `destroying it runs what lies in its run's folder, and ${why}; if you trust that folder: gameday cleanup ${runId} --yes`,
    remains: true,
  };
}

async function whyNotDeclaredHere(runId: string, io: Io): Promise<string | undefined> {
  const text = await readRegularText(join(runsFolder(io.cwd), runId, INTENT_STATEMENT)).catch(() => "");
  const intent = readIntent(text.trimEnd());
  if (typeof intent === "string") return "no statement of what that run was going to do is there";
  if (intent.statement.predicate.run !== runId) return "the statement there is of another run";
  const key = await keyOfRuns(io).catch((error: unknown) => {
    if (error instanceof Failure) return undefined;
    throw error;
  });
  if (!key) return "no key that signs runs here can be opened";
  return whyNotSigned(intent.envelope, key) && `no key of here has signed what that run was going to do`;
}
