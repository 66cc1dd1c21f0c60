import type { LedgerEntry, ResourceKind } from "../engine/resource-kind.ts";
import type { DrillServices } from "../steps/services.ts";
import { oneAtATime } from "../terraform/one-at-a-time.ts";
import { destroy, discardWorkingCopy, isGone, mayHaveResources, terraformIn } from "../terraform/stack.ts";
import { allSweepable } from "../terraform/sweepable.ts";
import { resourcesIn } from "../terraform/state.ts";
import { waitForEarlierProcess } from "../terraform/tool.ts";
import { exists, ownWorkingCopy, stackElsewhere } from "../terraform/working-copy.ts";

/** What one `terraform.apply` has made: the resources in the state of its working copy, which lies in the run's folder. */
export const terraformStack: ResourceKind<DrillServices> = {
  kind: "terraform.stack",
  // A repeated apply in the same working copy goes on from its state.
  idempotentCreate: true,
  visibleAtOnce: true,
  runsPrograms: true,
  permissions: [],
  ownership: {
    by: "proof",
    otherwise: "it does not lie in the run's own folder",
    ownerOf: async (entry, _runId, services) => ((await insideRun(entry, services)) === undefined ? "another" : "run"),
  },
  async find(entry, services) {
    const folder = await workingCopy(entry, services);
    const there = (await exists(folder)) && (await mayHaveResources({ folder, scope: services.scope }));
    return there ? { id: String(entry.attributes["folder"]) } : undefined;
  },
  async holds(entry, services) {
    const folder = await workingCopy(entry, services);
    if (!(await exists(folder))) return [];
    await waitForEarlierProcess({ folder, scope: services.scope });
    return (await resourcesIn(folder)).flatMap(({ type, id, arn }) => {
      const kind = MAKERS[type];
      const region = arn.split(":")[3];
      return kind !== undefined && region ? [{ kind, region, id }] : [];
    });
  },
  async destroy(entry, services) {
    const { terraform: settings, scope } = services;
    const folder = await workingCopy(entry, services);
    const awsEnvironment = await services.awsEnvironment();
    await oneAtATime(folder, () => destroy(terraformIn({ settings, folder, scope, awsEnvironment })));
  },
  async settledBySweep(entry, services) {
    const folder = await workingCopy(entry, services);
    const settled = await allSweepable(folder);
    if (settled) await discardWorkingCopy(folder);
    return settled;
  },
  isGone: async (entry, services) => isGone(await workingCopy(entry, services)),
};

/** Terraform's types that go on to make more by themselves, and the resource kinds that know what. */
const MAKERS: Readonly<Record<string, string>> = { aws_dlm_lifecycle_policy: "dlm.policy" };

async function workingCopy(entry: LedgerEntry, services: DrillServices): Promise<string> {
  const folder = await insideRun(entry, services);
  if (folder !== undefined) return folder;
  throw stackElsewhere(entry.step, entry.attributes["folder"]);
}

/** The stack's working copy, if that is one of the run's folder. A journal from elsewhere may name, or link to, any folder. */
async function insideRun(entry: LedgerEntry, { scope }: DrillServices): Promise<string | undefined> {
  const folder = String(entry.attributes["folder"]);
  if (!/^terraform\/(?!\.{1,2}$)[A-Za-z0-9._-]+$/.test(folder)) return undefined;
  return ownWorkingCopy(scope.runFolder, folder);
}
