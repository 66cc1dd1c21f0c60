import { TOKEN_TAG } from "../../engine/tags.ts";
import type { AfterEffect, Call, Interceptor } from "../../sandbox/gateway/call.ts";
import { MAKERS } from "../../sandbox/faults/made.ts";
import { operationName } from "../../sandbox/faults/operations.ts";
import type { InventoryItem } from "../../sandbox/gateway/sandbox-service.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";

/** What the sandbox itself knows of a run: what was made for whom, and what there is before and after. Never asks gameday. */
export class Witness {
  /** The ids of what was made under each token. */
  readonly #made = new Map<string, Set<string>>();
  #before: readonly InventoryItem[] = [];

  readonly interceptor: Interceptor = (call) => {
    const made = MAKERS[operationName(call)];
    const token = tokenOf(call);
    if (!made || token === undefined) return undefined;
    const output: AfterEffect["output"] = (answer) => {
      for (const { id } of made(answer)) this.#remember(token, id);
      return answer;
    };
    return { kind: "after", after: { output } };
  };

  #remember(token: string, id: string): void {
    this.#made.set(token, (this.#made.get(token) ?? new Set()).add(id));
  }

  async begin(sandbox: Sandbox): Promise<void> {
    this.#before = await sandbox.inventory();
  }

  /** Of what there is now: what was not there before, and what is missing that was. What is being deleted counts as gone. */
  async end(sandbox: Sandbox): Promise<Testimony> {
    const now = (await sandbox.inventory()).filter(({ state }) => !GOING.has(state));
    const key = ({ region, type, id }: InventoryItem) => `${region}/${type}/${id}`;
    const [old, present] = [new Set(this.#before.map(key)), new Set(now.map(key))];
    const roots = rootVolumes(sandbox);
    return {
      remaining: now.filter((item) => !old.has(key(item)) && !roots.has(item.id)),
      missing: this.#before.filter((item) => !present.has(key(item))),
      duplicates: [...this.#made.values()].filter((ids) => ids.size > 1).map((ids) => [...ids]),
    };
  }
}

export interface Testimony {
  /** What the run has left behind. The root volume of an instance that remains goes with the instance. */
  readonly remaining: readonly InventoryItem[];
  /** What was there before the run and is not any more: none of gameday's business. */
  readonly missing: readonly InventoryItem[];
  /** Ids that were made for one and the same logical create. */
  readonly duplicates: readonly (readonly string[])[];
}

/** A KMS key cannot go sooner than in a week. */
const GOING: ReadonlySet<string> = new Set(["deleting", "shutting-down", "terminated", "PendingDeletion"]);

function rootVolumes({ services }: Sandbox): ReadonlySet<string> {
  const instances = [...services.ec2.regions].flatMap((region) => [...region.instances]);
  return new Set(instances.map(({ rootVolumeId }) => rootVolumeId));
}

function tokenOf({ input }: Call): string | undefined {
  const specifications = (input["TagSpecifications"] ?? []) as readonly { readonly Tags?: readonly Tag[] }[];
  return specifications.flatMap(({ Tags = [] }) => Tags).find(({ Key }) => Key === TOKEN_TAG)?.Value;
}

interface Tag {
  readonly Key?: string;
  readonly Value?: string;
}
