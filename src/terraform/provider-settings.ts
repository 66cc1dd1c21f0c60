import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

import { Failure } from "../engine/failure.ts";
import { hclMembers } from "./hcl-blocks.ts";

/**
 * Arguments of the AWS providers by which a configuration goes elsewhere, or as somebody else, than the run whose account was
 * confirmed: hosts, keys, profiles and roles of its own (provider documentation, argument reference). A profile or a role there
 * counts for more than the credentials that the run brings along.
 */
const OF_ITS_OWN: ReadonlySet<string> = new Set([
  "endpoints",
  "access_key",
  "secret_key",
  "token",
  "profile",
  "shared_config_files",
  "shared_credentials_files",
  "shared_credentials_file",
  "assume_role",
  "assume_role_with_web_identity",
]);
/** Source addresses of the providers that call AWS, whatever a configuration calls them. */
const AWS_PROVIDER = /(?:^|\/)hashicorp\/(?:aws|awscc)$/i;
const DEEPEST = 12;

interface Named {
  readonly provider: string;
  readonly argument: string;
}

/** What a file says of providers. */
interface ProviderFacts {
  readonly arguments: readonly Named[];
  /** What it calls AWS's providers, besides by their own names. */
  readonly awsNames: readonly string[];
}

/** @throws Failure `terraform-provider` where a provider block of the folder, or of a module in it, has such an argument. */
export async function refuseProvidersOfTheirOwn(folder: string): Promise<void> {
  const files: (ProviderFacts & { readonly path: string })[] = [];
  for (const path of await configurations(folder, DEEPEST)) {
    const text = await readFile(path, "utf8");
    files.push({ path, ...(path.endsWith(".json") ? factsInJson(text) : factsInHcl(text)) });
  }
  const aws = new Set(["aws", "awscc", ...files.flatMap(({ awsNames }) => awsNames)]);
  for (const { path, arguments: named } of files) {
    const found = named.find(({ provider, argument }) => aws.has(provider) && OF_ITS_OWN.has(argument));
    if (found) throw ofItsOwn(relative(folder, path), found.argument);
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

function factsInHcl(text: string): ProviderFacts {
  const members = hclMembers(text);
  return {
    arguments: members.flatMap(({ within: [block = "", ...deeper], name }) => {
      const provider = /^provider (.*)$/.exec(block)?.[1];
      return provider === undefined || deeper.length > 0 ? [] : [{ provider, argument: name }];
    }),
    awsNames: members.flatMap(({ within, name, text: source = "" }) =>
      name === "source" && within.at(-2) === "required_providers" && AWS_PROVIDER.test(source)
        ? [within.at(-1) ?? ""]
        : [],
    ),
  };
}

/** Terraform's JSON syntax: wherever a block may stand, a list of them may. */
function factsInJson(text: string): ProviderFacts {
  const roots = recordsIn(parsed(text));
  const under = (records: readonly Members[], name: string) => records.flatMap((record) => recordsIn(record[name]));
  const blocks = under(roots, "provider").flatMap((byName) => Object.entries(byName));
  return {
    arguments: blocks.flatMap(([provider, block]) =>
      recordsIn(block).flatMap((members) =>
        [...Object.keys(members), ...recordsIn(members["dynamic"]).flatMap(Object.keys)].map((argument) => ({
          provider,
          argument,
        })),
      ),
    ),
    awsNames: under(under(roots, "terraform"), "required_providers").flatMap((byName) =>
      Object.entries(byName).flatMap(([name, required]) =>
        recordsIn(required).some(({ source }) => AWS_PROVIDER.test(String(source))) ? [name] : [],
      ),
    ),
  };
}

type Members = Readonly<Record<string, unknown>>;

function recordsIn(value: unknown): readonly Members[] {
  return [value].flat(2).filter(isRecord);
}

/** Undefined for what is no JSON: Terraform complains of it itself. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ofItsOwn(path: string, argument: string): Failure {
  return new Failure({
    code: "terraform-provider",
    message: `${path} gives its AWS provider ${argument} of its own: Terraform would not go where, and as whom, the run was confirmed`,
    fixer: "drill author",
    next: argument.startsWith("assume_role")
      ? `take ${argument} out of the provider block and name the role in the drill (assumeRole: { roleArn: … }): the run confirms its account, and Terraform gets it too`
      : `take ${argument} out of the provider block: the run brings Region, credentials and endpoint`,
    retryable: false,
  });
}
