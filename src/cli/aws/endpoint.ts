import { homedir } from "node:os";
import { join } from "node:path";
import type { ConnectionOptions } from "../../aws/connection.ts";
import { Failure } from "../../engine/failure.ts";
import type { Io } from "../io.ts";

/** What stands in the place of AWS when it is set. */
export const ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL";
const OF_SERVICE = /^AWS_ENDPOINT_URL_([A-Z0-9_]+)$/;
const IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/** An endpoint that stands in AWS's place, and what says so: `AWS_ENDPOINT_URL_EC2`, `endpoint_url of profile local`. */
export interface NamedEndpoint {
  readonly url: string;
  readonly from: string;
}

/** Everything of environment and AWS configuration that has a say in where requests go. */
export interface ConfiguredEndpoints {
  /** For every service that has none of its own. */
  readonly general?: NamedEndpoint;
  /** By service, as AWS_ENDPOINT_URL_<SERVICE> names it, in lower case. */
  readonly services: ReadonlyMap<string, NamedEndpoint>;
  readonly variant: { readonly fips: boolean; readonly dualstack: boolean };
}

/**
 * Reads them once, for the SDK's clients and Terraform alike, by AWS's own rules (AWS SDKs and Tools Reference Guide,
 * service-specific endpoints): a variable of the service, then AWS_ENDPOINT_URL, then the profile's services section, then its
 * endpoint_url; none of them where they are to be ignored.
 * @throws Failure `bad-endpoint`
 */
export async function configuredEndpoints(io: Pick<Io, "env">, profile?: string): Promise<ConfiguredEndpoints> {
  const { settings, services, name } = await profileSettings(io, profile);
  const variant = {
    fips: isOn(io.env["AWS_USE_FIPS_ENDPOINT"], settings["use_fips_endpoint"]),
    dualstack: isOn(io.env["AWS_USE_DUALSTACK_ENDPOINT"], settings["use_dualstack_endpoint"]),
  };
  if (isOn(io.env[IGNORE], settings["ignore_configured_endpoint_urls"])) return { services: new Map(), variant };
  const ofVariable = named(ENDPOINT_VARIABLE, io.env[ENDPOINT_VARIABLE]);
  const general = ofVariable ?? named(`endpoint_url of profile ${name}`, settings["endpoint_url"]);
  const own = new Map(ofVariable ? [] : serviceSettings(services, settings["services"] ?? "", name));
  for (const [variable, value] of Object.entries(io.env)) {
    const service = OF_SERVICE.exec(variable)?.[1]?.toLowerCase();
    const endpoint = service === undefined ? undefined : named(variable, value);
    if (service !== undefined && endpoint) own.set(service, endpoint);
  }
  return { ...(general ? { general } : {}), services: own, variant };
}

/** As a connection takes them. */
export function endpointOptions({
  general,
  services,
  variant,
}: ConfiguredEndpoints): Pick<ConnectionOptions, "endpoint" | "serviceEndpoints" | "variant"> {
  const urls = [...services].map(([service, { url }]) => [service, url] as const);
  return { ...(general ? { endpoint: general.url } : {}), serviceEndpoints: Object.fromEntries(urls), variant };
}

type Settings = Readonly<Record<string, string | undefined>>;

interface ProfileSettings {
  readonly name: string;
  readonly settings: Settings;
  /** The services section it names; undefined when there is none of that name. */
  readonly services: Settings | undefined;
}

/** Unreadable files count as empty, as they do to the SDK. */
async function profileSettings({ env }: Pick<Io, "env">, profile: string | undefined): Promise<ProfileSettings> {
  const { loadSharedConfigFiles } = await import("@smithy/core/config");
  const folder = join(env["HOME"] || homedir(), ".aws");
  const { configFile, credentialsFile } = await loadSharedConfigFiles({
    configFilepath: env["AWS_CONFIG_FILE"] || join(folder, "config"),
    filepath: env["AWS_SHARED_CREDENTIALS_FILE"] || join(folder, "credentials"),
    ignoreCache: true,
  });
  const name = profile ?? (env["AWS_PROFILE"] || "default");
  const settings: Settings = { ...credentialsFile[name], ...configFile[name] };
  return { name, settings, services: configFile[`services.${settings["services"] ?? ""}`] };
}

function serviceSettings(
  services: Settings | undefined,
  section: string,
  profile: string,
): readonly (readonly [string, NamedEndpoint])[] {
  if (section === "") return [];
  if (!services)
    throw new Failure({
      code: "bad-endpoint",
      message: `profile ${profile} of the AWS configuration names the services section ${section}, which is not there`,
      fixer: "operator",
      next: `add [services ${section}] to the AWS configuration file, or take the setting away`,
      consequence: "refused",
    });
  return Object.entries(services).flatMap(([key, value]) => {
    const service = /^(\w+)\.endpoint_url$/.exec(key)?.[1]?.toLowerCase();
    const endpoint =
      service === undefined ? undefined : named(`endpoint_url of ${service} in services ${section}`, value);
    return service !== undefined && endpoint ? [[service, endpoint] as const] : [];
  });
}

function isOn(variable: string | undefined, setting: string | undefined): boolean {
  return (variable || setting || "").toLowerCase() === "true";
}

function named(from: string, url: string | undefined): NamedEndpoint | undefined {
  if (!url) return undefined;
  if (/^https?:\/\/[^/]/i.test(url) && URL.canParse(url)) return { url, from };
  throw new Failure({
    code: "bad-endpoint",
    message: `${from} is ${JSON.stringify(url)}: not an address that begins with http:// or https://`,
    fixer: "operator",
    next: `set it to what gameday sandbox prints, or take it away to reach AWS`,
  });
}

/** An endpoint as it may be journaled: without a user's name and password. */
export function withoutCredentials(endpoint: string): string {
  if (!URL.canParse(endpoint)) return "(not a URL)";
  const { protocol, host, pathname } = new URL(endpoint);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}
