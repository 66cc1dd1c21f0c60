import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { TerraformSettings } from "../../terraform/settings.ts";
import { canReachRegistry } from "./registry-probe.ts";
import { cliConfigText, parseCliConfig, type CliConfig } from "./cli-config.ts";
import { withoutCredentials } from "./credentials.ts";
import { replaceFile } from "../../engine/replace-file.ts";
import { foldersBelow, findMirrors, type Mirror, type MirroredVersion } from "./mirrors.ts";
import { findProgram, type TerraformProgram } from "./program.ts";

export interface DiscoveryPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homedir: string;
  readonly cwd: string;
  /** Absolute; made when something must be written: the CLI configuration, the plugin cache. */
  readonly folder: string;
  /** Folders directly below these are looked at; the usual software prefixes when absent. */
  readonly prefixes?: readonly string[];
  /** Whether a registry can be reached; asks the network when absent. */
  readonly reach?: (host: string) => Promise<boolean>;
}

export interface TerraformDiscovery {
  readonly settings: TerraformSettings;
  readonly program?: TerraformProgram;
  readonly provider?: ProviderSource;
  /** Why a drill with Terraform and the AWS provider cannot run here, in one line. Absent when it can. */
  readonly lacking?: string;
  /** What is odd, but stops nobody. */
  readonly warnings: readonly string[];
}

export interface ProviderSource {
  /** `registry`, a URL, or the path of a mirror. */
  readonly from: string;
  /** Known only where the provider lies on this machine. */
  readonly version?: string;
}

const SOFTWARE_PREFIXES = ["/opt", "/usr/share", "/usr/local/share"];
const REGISTRIES = { terraform: "registry.terraform.io", opentofu: "registry.opentofu.org" } as const;
const CONFIG_FILE = "terraform.tfrc";
const CACHE_FOLDER = "plugin-cache";
/** What the shipped drill asks for: `~> 5.62`. The first version that takes default tags from the environment. */
const OLDEST_PROVIDER = "5.62.0";

/** Finds terraform or tofu, and where its AWS provider can be had: offline mirrors first, then the registry. */
export async function discoverTerraform(place: DiscoveryPlace): Promise<TerraformDiscovery> {
  const passed = passedEnvironment(place.env);
  const program = await findProgram({
    env: place.env,
    cwd: place.cwd,
    environment: { ...passed, CHECKPOINT_DISABLE: "1" },
  });
  if (typeof program === "string") return { settings: { environment: passed }, lacking: program, warnings: [] };
  const config = await readOwnConfig(place, program);
  const found = await findProvider(place, program, config);
  const { provider, lacking } = found;
  return {
    settings: {
      binary: program.path,
      environment: { ...passed, ...found.environment },
      ...(provider && { providerFrom: provider.from }),
    },
    program,
    ...(provider && { provider }),
    ...(lacking !== undefined && { lacking }),
    warnings: config.warning === undefined ? [] : [config.warning],
  };
}

const PASSED = new Set(
  "PATH HOME USER LOGNAME TMPDIR TMP TEMP LANG TZ SSL_CERT_FILE SSL_CERT_DIR AWS_CA_BUNDLE SSH_AUTH_SOCK GIT_SSH_COMMAND".split(
    " ",
  ),
);
const PASSED_PATTERN =
  /^(LC_\w+|XDG_\w+|TF_VAR_.+|TF_TOKEN_.+|TF_REGISTRY_\w+|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy)$/;

/** What Terraform gets of the user's environment. Nothing of AWS: the run brings its own; no TF_ variable that changes what is done. */
function passedEnvironment(env: DiscoveryPlace["env"]): Record<string, string> {
  const entries = Object.entries(env).filter(([name]) => PASSED.has(name) || PASSED_PATTERN.test(name));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

interface OwnConfig {
  /** Absolute; undefined when there is no such file. */
  readonly path?: string;
  readonly text: string;
  readonly parsed: CliConfig;
  readonly warning?: string;
}

/** The user's CLI configuration, found as Terraform does. A variable that names a missing file is a warning to Terraform, too. */
async function readOwnConfig(place: DiscoveryPlace, program: TerraformProgram): Promise<OwnConfig> {
  const named = place.env["TF_CLI_CONFIG_FILE"] || place.env["TERRAFORM_CONFIG"];
  for (const path of named ? [resolve(place.cwd, named)] : ownConfigPaths(place, program)) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) return { path, text, parsed: parseCliConfig(text) };
  }
  const none: OwnConfig = { text: "", parsed: {} };
  return named ? { ...none, warning: `TF_CLI_CONFIG_FILE names ${named}, which cannot be read; it is ignored` } : none;
}

function ownConfigPaths({ env, homedir }: DiscoveryPlace, { product }: TerraformProgram): readonly string[] {
  const terraformrc = join(homedir, ".terraformrc");
  if (product === "terraform") return [terraformrc];
  const xdg = env["XDG_CONFIG_HOME"] || join(homedir, ".config");
  return [join(homedir, ".tofurc"), join(xdg, "opentofu", "tofurc"), terraformrc];
}

interface FoundProvider {
  readonly provider?: ProviderSource;
  readonly lacking?: string;
  readonly environment: Readonly<Record<string, string>>;
}

async function findProvider(place: DiscoveryPlace, program: TerraformProgram, own: OwnConfig): Promise<FoundProvider> {
  const query = { host: REGISTRIES[program.product], platform: program.platform };
  const expand = (path: string) => resolve(place.cwd, path.replace(/^~(?=\/|$)|\$HOME\b|\$\{HOME\}/, place.homedir));
  const { installation, pluginCacheDir } = own.parsed;
  if (installation) {
    const override = installation.overrides["hashicorp/aws"] ?? installation.overrides[`${query.host}/hashicorp/aws`];
    const environment = { TF_CLI_CONFIG_FILE: own.path ?? "" };
    if (override !== undefined) return { provider: { from: expand(override) }, environment };
    const mirrors = await findMirrors(installation.mirrors.map(expand), query);
    if (mirrors.length > 0) return { ...choose(mirrors), environment };
    return { ...(await remote(place, query.host, installation)), environment };
  }
  const cache = pluginCacheDir === undefined ? [] : [expand(pluginCacheDir)];
  const folders = [...cache, ...impliedMirrors(place), ...(await foldersBelow(place.prefixes ?? SOFTWARE_PREFIXES))];
  const mirrors = await findMirrors(folders, query);
  const chosen =
    mirrors.length > 0 ? choose(mirrors) : await remote(place, query.host, { direct: [], networkMirrors: [] });
  return { ...chosen, environment: await writeConfig(place, own, mirrors) };
}

/** Where Terraform looks by itself (docs: implied local mirror directories), and OpenTofu. */
function impliedMirrors({ env, homedir, cwd }: DiscoveryPlace): readonly string[] {
  const data = [env["XDG_DATA_HOME"] || join(homedir, ".local/share")];
  const shared = (env["XDG_DATA_DIRS"] || "/usr/local/share:/usr/share").split(":").filter((path) => path !== "");
  return [
    join(cwd, "terraform.d/plugins"),
    join(homedir, ".terraform.d/plugins"),
    ...[...data, ...shared].flatMap((path) => [join(path, "terraform/plugins"), join(path, "opentofu/plugins")]),
    join(homedir, "Library/Application Support/io.terraform/plugins"),
    "/Library/Application Support/io.terraform/plugins",
  ];
}

/** The newest version the shipped drill can use, from the first mirror that has one. */
function choose(mirrors: readonly Mirror[]): Pick<FoundProvider, "provider" | "lacking"> {
  for (const mirror of mirrors) {
    const fitting = mirror.aws.find(fits);
    if (fitting) return { provider: { from: mirror.path, version: fitting.version } };
  }
  const [mirror] = mirrors;
  const version = mirror?.aws[0]?.version ?? "";
  return {
    provider: { from: mirror?.path ?? "", version },
    lacking: `the mirror ${mirror?.path} has the AWS provider ${version}, and ${OLDEST_PROVIDER} or a later 5.x is needed`,
  };
}

function fits({ version }: MirroredVersion): boolean {
  const [major, minor = 0] = version.split(".").map(Number);
  const [wantedMajor, wantedMinor = 0] = OLDEST_PROVIDER.split(".").map(Number);
  return major === wantedMajor && minor >= wantedMinor;
}

async function remote(
  place: DiscoveryPlace,
  host: string,
  ways: { readonly direct?: readonly string[]; readonly networkMirrors: readonly string[] },
): Promise<Pick<FoundProvider, "provider" | "lacking">> {
  const reach = place.reach ?? ((name) => canReachRegistry(name, place.env));
  const [network] = ways.networkMirrors;
  const networkHost = network !== undefined && URL.canParse(network) ? new URL(network).hostname : undefined;
  if (network !== undefined && networkHost && (await reach(networkHost))) return { provider: { from: network } };
  const excluded = ways.direct?.some((pattern) =>
    [`${host}/hashicorp/aws`, "hashicorp/aws", "*/*", "hashicorp/*"].includes(pattern),
  );
  if (ways.direct !== undefined && !excluded && (await reach(host))) return { provider: { from: "registry" } };
  return { lacking: `the AWS provider is in no mirror on this machine, and ${networkHost ?? host} cannot be reached` };
}

/** Terraform links an unpacked provider, but copies its 700 MB from a zip or the registry into every working copy without a cache. */
async function writeConfig(
  place: DiscoveryPlace,
  own: OwnConfig,
  mirrors: readonly Mirror[],
): Promise<Readonly<Record<string, string>>> {
  await mkdir(place.folder, { recursive: true, mode: 0o700 });
  const path = join(place.folder, CONFIG_FILE);
  const { text, environment } = withoutCredentials(own.text);
  await replaceFile(path, cliConfigText(text, mirrors), 0o600);
  const linked = mirrors.some((mirror) => mirror.aws.some((each) => !each.packed));
  if (linked || own.parsed.pluginCacheDir !== undefined) return { ...environment, TF_CLI_CONFIG_FILE: path };
  const cache = place.env["TF_PLUGIN_CACHE_DIR"] || join(place.folder, CACHE_FOLDER);
  await mkdir(cache, { recursive: true, mode: 0o700 });
  return {
    ...environment,
    TF_CLI_CONFIG_FILE: path,
    TF_PLUGIN_CACHE_DIR: cache,
    TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "1",
  };
}
