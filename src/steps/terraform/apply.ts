import * as z from "zod";
import type { Json, JsonObject } from "../../engine/resource-kind.ts";
import type { StepContext } from "../../engine/step-kind.ts";
import { failedChecks } from "../../terraform/diagnostics.ts";
import { refuseProvidersOfTheirOwn } from "../../terraform/provider-settings.ts";
import { apply, initialise, readOutputs, terraformIn, toolVersions, type Applied } from "../../terraform/stack.ts";
import type { Tool } from "../../terraform/tool.ts";
import {
  makeWorkingCopy,
  ownWorkingCopy,
  stackElsewhere,
  workingCopyName,
  writeVariables,
} from "../../terraform/working-copy.ts";
import { defineStep } from "../define-step.ts";
import { directoryInDrill, drillPath, plainPaths } from "../drill-folder.ts";
import type { DrillServices } from "../services.ts";
import { noteUntaggedPolicies } from "./untagged-policies.ts";
import { assertVersion, noteMissingRunTags, recordTools } from "./tools.ts";

type Context = StepContext<DrillServices>;

const input = z.strictObject({
  directory: drillPath.describe("Folder of the Terraform configuration, relative to the drill file"),
  variables: z.record(z.string(), z.json()).optional().describe("Input variables of the configuration"),
  version: z
    .string()
    .regex(/^\d+(\.\d+){0,2}$/)
    .optional()
    .describe("The terraform version the drill needs: 1, 1.11 or 1.11.4"),
  parallelism: z.number().int().min(1).max(100).optional().describe("How many resources are worked on at once"),
});

export const terraformApply = defineStep({
  uses: "terraform.apply",
  does: "Applies a Terraform configuration in a working copy of its own; teardown destroys it",
  input,
  output: z.object({
    outputs: z.record(z.string(), z.unknown()).describe("The outputs of the configuration"),
    resources: z.number().int().describe("Managed resources in the state"),
    terraformVersion: z.string(),
    providerVersions: z.record(z.string(), z.string()).describe("Version by source address"),
    seconds: z.record(z.string(), z.number()).describe("Wall time of each resource, by address"),
  }),
  // What the configuration itself may do, only its author knows.
  permissions: [{ actions: ["sts:GetCallerIdentity"] }],
  creates: ["terraform.stack"],
  files: ({ directory }) => plainPaths([directory]),
  defaultTimeoutMs: 60 * 60_000,
  async run(ctx, { directory, variables, version, parallelism }) {
    const tool = await prepare(ctx, directory, (variables ?? {}) as Readonly<Record<string, Json>>);
    await initialise(tool);
    // Modules are there only now, and no call to AWS has been made yet.
    await refuseProvidersOfTheirOwn(tool.folder);
    const versions = await toolVersions(tool);
    assertVersion(versions, version);
    await recordTools(ctx, versions);
    await noteMissingRunTags(ctx, versions);
    const applied = await applyAsResource(ctx, tool, parallelism);
    for (const message of failedChecks(applied.transcript.diagnostics)) {
      await ctx.finding({ code: "terraform-check-failed", severity: "warning", message });
    }
    await noteUntaggedPolicies(ctx, tool.folder);
    return {
      outputs: await outputsOf(ctx, tool, applied),
      resources: applied.resources,
      terraformVersion: versions.terraform,
      providerVersions: { ...versions.providers },
      seconds: Object.fromEntries([...applied.transcript.durations].map(([address, ms]) => [address, ms / 1000])),
    };
  },
});

async function prepare(ctx: Context, directory: string, variables: Readonly<Record<string, Json>>): Promise<Tool> {
  const source = await directoryInDrill(ctx.drillFolder, directory);
  const name = workingCopyName(ctx.instance);
  const folder = await ownWorkingCopy(ctx.runFolder, name);
  if (folder === undefined) throw stackElsewhere(ctx.step, name);
  const { services } = ctx;
  const tool = terraformIn({
    settings: services.terraform,
    folder,
    scope: ctx,
    awsEnvironment: await services.awsEnvironment(),
  });
  await makeWorkingCopy(source, folder);
  await writeVariables(folder, variables);
  return tool;
}

/** An apply that an earlier, cut-off process has begun is gone on with: what it made is in the working copy's state. */
async function applyAsResource(ctx: Context, tool: Tool, parallelism: number | undefined): Promise<Applied> {
  const name = workingCopyName(ctx.instance);
  const region = ctx.primaryRefused ? ctx.regions.dr : ctx.regions.primary;
  let applied: Applied | undefined;
  await ctx.create("terraform.stack", { region, attributes: { folder: name } }, async () => {
    applied = await apply(tool, parallelism);
    return { id: name, attributes: { folder: name, resources: applied.resources } };
  });
  return applied ?? apply(tool, parallelism);
}

async function outputsOf(ctx: Context, tool: Tool, { transcript }: Applied): Promise<Record<string, unknown>> {
  const { plain, sensitive } = await readOutputs(tool, transcript);
  return { ...plain, ...(await keptSecret(ctx, sensitive)) };
}

/** Shorter values cannot be told from ordinary text, so they could not be kept out of the journal. */
const SHORTEST_SECRET = 4;

/** Registers every text of the sensitive outputs. One that cannot be kept out of the journal is not handed on at all. */
async function keptSecret(ctx: Context, sensitive: JsonObject): Promise<Record<string, unknown>> {
  const handedOn: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(sensitive)) {
    const texts = textsOf(value);
    if (texts === undefined) {
      await ctx.finding({
        code: "sensitive-output-withheld",
        severity: "warning",
        message: `the sensitive output ${name} holds more than texts of ${SHORTEST_SECRET} characters and up; expressions cannot use it`,
      });
      continue;
    }
    for (const text of texts) ctx.secret(text);
    handedOn[name] = value;
  }
  return handedOn;
}

/** All leaves; undefined when one of them is not a text that can be kept secret. */
function textsOf(value: Json): readonly string[] | undefined {
  if (typeof value === "string") return value.length >= SHORTEST_SECRET ? [value] : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  const inner = Object.values(value).map(textsOf);
  return inner.includes(undefined) ? undefined : (inner.flat() as string[]);
}
