import { Failure } from "../../engine/failure.ts";
import type { StepContext } from "../../engine/step-kind.ts";
import type { ToolVersions } from "../../terraform/stack.ts";
import type { DrillServices } from "../services.ts";

type Context = StepContext<DrillServices>;

/** The first provider version that takes default tags from the environment (provider changelog, 5.62.0). */
const DEFAULT_TAGS_SINCE = [5, 62];

/** @throws Failure when the drill names another terraform version: `1.11` stands for every 1.11.x. */
export function assertVersion({ terraform }: ToolVersions, wanted: string | undefined): void {
  if (wanted === undefined || terraform === wanted || terraform.startsWith(`${wanted}.`)) return;
  throw new Failure({
    code: "terraform-version",
    message: `the drill needs terraform ${wanted}, and ${terraform} is installed`,
    fixer: "operator",
    next: `install terraform ${wanted}, or name it in GAMEDAY_TERRAFORM`,
  });
}

/** The report names the program, the providers and where they came from. */
export async function recordTools(ctx: Context, versions: ToolVersions): Promise<void> {
  const { lock } = versions;
  const { binary, providerFrom } = ctx.services.terraform;
  const tool = /tofu[^/\\]*$/.test(binary ?? "") ? "opentofu" : "terraform";
  await ctx.recordTool({ tool, version: versions.terraform, from: binary ?? "" });
  for (const [source, version] of Object.entries(versions.providers)) {
    const from = isAws(source) ? (providerFrom ?? "registry") : "registry";
    await ctx.recordTool({ tool: `provider ${source}`, version, from, ...(lock === undefined ? {} : { lock }) });
  }
}

/** An older provider ignores the run tags: what a killed apply has made could then not be found by tag. */
export async function noteMissingRunTags(ctx: Context, versions: ToolVersions): Promise<void> {
  const version = Object.entries(versions.providers).find(([source]) => isAws(source))?.[1];
  if (version === undefined || !isOlder(version, DEFAULT_TAGS_SINCE)) return;
  await ctx.finding({
    code: "terraform-run-tags-missing",
    severity: "warning",
    message: `provider ${version} does not put the run's tags on what it makes; version ${DEFAULT_TAGS_SINCE.join(".")} and later do`,
  });
}

function isAws(source: string): boolean {
  return source.endsWith("/hashicorp/aws");
}

function isOlder(version: string, than: readonly number[]): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = than;
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}
