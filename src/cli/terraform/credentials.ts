import { outerBlocks } from "./cli-config.ts";

export interface WithoutCredentials {
  readonly text: string;
  /** The tokens as Terraform takes them from its environment: `TF_TOKEN_app_terraform_io`. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Takes the credentials out of a CLI configuration: gameday's copy of it stays on disk, and tokens must not. Terraform gets them in
 * its environment instead (docs: CLI configuration, environment variable credentials).
 */
export function withoutCredentials(text: string): WithoutCredentials {
  const blocks = outerBlocks(text).filter(({ type }) => type === "credentials");
  const kept = blocks.toReversed().reduce((rest, { from, to }) => rest.slice(0, from) + rest.slice(to), text);
  const tokens = blocks.flatMap(({ label, body }) => {
    const token = body.attributes.get("token");
    return label !== undefined && typeof token === "string" ? [[variableFor(label), token]] : [];
  });
  return { text: kept, environment: Object.fromEntries(tokens) as Record<string, string> };
}

/** Dots become underscores, hyphens two of them. */
function variableFor(host: string): string {
  return `TF_TOKEN_${host.replaceAll("-", "__").replaceAll(".", "_")}`;
}
