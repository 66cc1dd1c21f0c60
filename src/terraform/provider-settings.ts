import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

import { Failure } from "../engine/failure.ts";

/**
 * Arguments of the AWS provider by which a configuration goes elsewhere, or as somebody else, than the run whose account was
 * confirmed: hosts of its own, keys of its own (provider documentation, argument reference).
 */
const OF_ITS_OWN: ReadonlySet<string> = new Set([
  "endpoints",
  "access_key",
  "secret_key",
  "token",
  "shared_config_files",
  "shared_credentials_files",
]);
const DEEPEST = 12;

/** @throws Failure `terraform-provider` where a provider block of the folder, or of a module in it, has such an argument. */
export async function refuseProvidersOfTheirOwn(folder: string): Promise<void> {
  for (const path of await configurations(folder, DEEPEST)) {
    const text = await readFile(path, "utf8");
    const found = (path.endsWith(".json") ? argumentsInJson(text) : argumentsInHcl(text)).find((name) =>
      OF_ITS_OWN.has(name),
    );
    if (found !== undefined) throw ofItsOwn(relative(folder, path), found);
  }
}

/** Of the modules too, which lie below `.terraform/modules` once they are installed; the providers beside them are programs. */
async function configurations(folder: string, depth: number): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.(tf|tofu)(\.json)?$/.test(entry.name));
  const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== "providers" && depth > 0);
  const below = await Promise.all(folders.map(({ name }) => configurations(join(folder, name), depth - 1)));
  return [...files.map(({ name }) => join(folder, name)), ...below.flat()];
}

const TOKEN =
  /<<[-~]?(\w+)[ \t]*\n[\s\S]*?\n[ \t]*\1\b|(?:#|\/\/)[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"\\]|\\.)*"|[A-Za-z_][\w-]*|[^\s\w]/g;

/** What stands directly in blocks `provider "aws" { … }`. Read leniently: Terraform itself complains of what is no HCL. */
function argumentsInHcl(text: string): readonly string[] {
  const tokens = (text.match(TOKEN) ?? []).filter((token) => !/^(#|\/\/|\/\*|<<)/.test(token));
  const names: string[] = [];
  let depth = 0;
  let inside = false;
  for (const [index, token] of tokens.entries()) {
    if (token === "{") {
      if (depth === 0) inside = tokens[index - 2] === "provider" && /^"?aws"?$/.test(tokens[index - 1] ?? "");
      depth++;
    } else if (token === "}") depth--;
    else if (inside && depth === 1 && /^[={]$/.test(tokens[index + 1] ?? "")) names.push(token);
  }
  return names;
}

function argumentsInJson(text: string): readonly string[] {
  try {
    const root: unknown = JSON.parse(text);
    const provider = isRecord(root) && isRecord(root["provider"]) ? root["provider"]["aws"] : undefined;
    return [provider].flat().flatMap((block) => (isRecord(block) ? Object.keys(block) : []));
  } catch {
    return [];
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ofItsOwn(path: string, argument: string): Failure {
  return new Failure({
    code: "terraform-provider",
    message: `${path} gives its AWS provider ${argument} of its own: Terraform would not go where, and as whom, the run was confirmed`,
    fixer: "drill author",
    next: `take ${argument} out of the provider block: the run brings Region, credentials and endpoint`,
    retryable: false,
  });
}
