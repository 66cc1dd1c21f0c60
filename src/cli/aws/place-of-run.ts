import { CLIENT_LOADERS } from "../../aws/clients.ts";
import { Failure } from "../../engine/failure.ts";
import { isAwsOrigin } from "../../regions/aws-origin.ts";
import type { Io } from "../io.ts";
import { configuredEndpoints, withoutCredentials, type ConfiguredEndpoints, type NamedEndpoint } from "./endpoint.ts";

/** Where a run takes place: on AWS, or on what stands in AWS's place. */
export interface PlaceOfRun extends ConfiguredEndpoints {
  /** What answers is not AWS: nothing that happens there is evidence of a recovery on AWS. */
  readonly simulated: boolean;
}

/**
 * Where requests will go, for one account and all services. Half on AWS and half elsewhere is no place: an account would be
 * confirmed in one and changed in the other.
 * @throws Failure `bad-endpoint`, `endpoints-mixed`
 */
export async function placeOfRun(
  io: Pick<Io, "env">,
  of: { readonly profile?: string | undefined; readonly region: string },
): Promise<PlaceOfRun> {
  const endpoints = await configuredEndpoints(io, of.profile);
  const called = Object.keys(CLIENT_LOADERS);
  const services = [...new Set([...called, ...endpoints.services.keys()])].map((service) => ({
    service,
    endpoint: endpoints.services.get(service) ?? endpoints.general,
    known: called.includes(service),
  }));
  const isAws = ({ service, endpoint, known }: (typeof services)[number]) =>
    endpoint === undefined || isAwsOrigin(originOf(endpoint), { region: of.region, ...(known ? { service } : {}) });
  const real = services.find(isAws);
  const other = services.find((one) => !isAws(one));
  if (!other) return { ...endpoints, simulated: false };
  // Services that nobody has named would go to AWS.
  if (real || !endpoints.general) throw mixed(other, real);
  return { ...endpoints, simulated: true };
}

function originOf({ url }: NamedEndpoint): string {
  const { origin, pathname } = new URL(url);
  return pathname === "/" ? origin : `${origin}${pathname}`;
}

interface ServicePlace {
  readonly service: string;
  readonly endpoint: NamedEndpoint | undefined;
}

function mixed(other: ServicePlace, real: ServicePlace | undefined): Failure {
  const { url = "", from = "" } = other.endpoint ?? {};
  const shown = withoutCredentials(url);
  const rest = real?.endpoint
    ? `${real.endpoint.from} sends ${real.service} to ${withoutCredentials(real.endpoint.url)}`
    : `${real?.service ?? "what has no endpoint of its own"} would go to AWS`;
  return new Failure({
    code: "endpoints-mixed",
    message: `${from} sends ${other.service} to ${shown}, and ${rest}: a run takes place on AWS or elsewhere, not on both`,
    fixer: "operator",
    next: `to run on AWS take ${from} away${from.startsWith("AWS_") ? ` (env -u ${from} gameday …)` : ""}; to run elsewhere set AWS_ENDPOINT_URL=${shown} for all services`,
    consequence: "refused",
  });
}
