import type { AnyStepKind } from "./define-step.ts";

/** The step kinds by the first part of their names: checking a drill loads the systems it uses, not all of them. */
const SYSTEMS: Readonly<Record<string, () => Promise<readonly AnyStepKind[]>>> = {
  cloudwatch: async () => (await import("./cloudwatch/all.ts")).CLOUDWATCH_KINDS,
  command: async () => (await import("./command/all.ts")).COMMAND_KINDS,
  ebs: async () => (await import("./ebs/all.ts")).EBS_KINDS,
  ec2: async () => (await import("./ec2/all.ts")).EC2_KINDS,
  human: async () => (await import("./human/all.ts")).HUMAN_KINDS,
  terraform: async () => (await import("./terraform/all.ts")).TERRAFORM_KINDS,
};

/** The step kinds that have these names; all there are when one of them does not exist. */
export async function stepKindsFor(uses: ReadonlySet<string>): Promise<ReadonlyMap<string, AnyStepKind>> {
  const systems = new Set([...uses].map((name) => name.split(".")[0] ?? ""));
  const kinds = await Promise.all([...systems].map(kindsOf));
  const found = new Map(kinds.flat().map((kind) => [kind.uses, kind]));
  return [...uses].every((name) => found.has(name)) ? found : (await import("./all.ts")).STEP_KINDS;
}

async function kindsOf(system: string): Promise<readonly AnyStepKind[]> {
  return Object.hasOwn(SYSTEMS, system) ? ((await SYSTEMS[system]?.()) ?? []) : [];
}
