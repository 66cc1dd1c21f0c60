import { setMaxListeners } from "node:events";
import { endpointConfig } from "./endpoint-config.ts";
import { ToldOrigins } from "./origins.ts";
import type { Clock } from "../time/clock.ts";
import { RequestRates } from "./request-rates.ts";
import { systemClock } from "../time/system-clock.ts";
import { CLIENT_LOADERS, type ClientConfig, type ServiceClients, type ServiceName } from "./clients.ts";
import {
  credentialProvider,
  lifeOf,
  type CredentialLife,
  type CredentialIdentity,
  type CredentialOptions,
  type CredentialProvider,
} from "./credentials.ts";
import type { Lane } from "./watch/lane.ts";

export interface ConnectionOptions extends Omit<CredentialOptions, "stsRegion" | "stsEndpoint"> {
  readonly clock: Clock;
  /** One endpoint for every service, instead of AWS's own. */
  readonly endpoint?: string;
  /** Endpoints of single services, which go before that one; by the service's name in AWS_ENDPOINT_URL_<SERVICE>, lower case. */
  readonly serviceEndpoints?: Readonly<Record<string, string>>;
  /** Which of AWS's own endpoints; neither kind when absent. */
  readonly variant?: EndpointVariant;
  /** The Region whose STS is asked when a role is assumed; `us-east-1` when absent. */
  readonly stsRegion?: string;
  /** Milliseconds until a silent endpoint is given up. */
  readonly requestTimeoutMs?: number;
  /**
   * How the SDK repeats a call, instead of adaptively and up to ten times. Its back-off takes real time, which a run on a virtual
   * clock cannot skip.
   */
  readonly sdkRetries?: SdkRetries;
  /** Yields numbers in [0, 1): the jitter of polls. */
  readonly random?: () => number;
}

/** Kinds of AWS's own endpoints. An endpoint that is named is neither. */
export interface EndpointVariant {
  readonly fips: boolean;
  readonly dualstack: boolean;
}

export interface SdkRetries {
  /** The first one included. */
  readonly attempts: number;
  readonly delayMs: number;
}

/** Whose retries: the SDK's own ten, or a single attempt for creates that AWS has no idempotency token for. */
export type RetryMode = "retries" | "single";

export interface ClientAddress<S extends ServiceName> {
  readonly service: S;
  readonly region: string;
  readonly mode: RetryMode;
}

const ATTEMPTS: Readonly<Record<RetryMode, number>> = { retries: 10, single: 1 };
const CONNECTION_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * One run's access to AWS: credentials, and one client per service, Region and retry mode, shared by everybody in the run.
 * Close it when the run ends.
 */
export class AwsConnection {
  readonly clock: Clock;
  readonly random: () => number;
  readonly endpoint: string | undefined;
  readonly serviceEndpoints: Readonly<Record<string, string>>;
  readonly variant: EndpointVariant;
  readonly toldOrigins = new ToldOrigins();
  /** The lanes of the run's watches, by Region and kind. */
  readonly lanes = new Map<string, Lane<unknown>>();
  readonly rates: RequestRates;
  readonly #closing = new AbortController();
  /** Aborts when the connection is closed: what still hangs then, nobody waits for any more. */
  readonly closed = this.#closing.signal;
  readonly #options: ConnectionOptions;
  readonly #clients = new Map<string, Promise<ServiceClients[ServiceName]>>();
  #provider: Promise<CredentialProvider> | undefined;
  #generation = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.random = options.random ?? Math.random;
    this.endpoint = options.endpoint;
    this.serviceEndpoints = options.serviceEndpoints ?? {};
    this.variant = options.variant ?? { fips: false, dualstack: false };
    this.rates = new RequestRates(options.clock);
    // Every call that is going on listens to it.
    setMaxListeners(0, this.closed);
  }

  /** Undefined: AWS's own. */
  endpointOf(service: ServiceName): string | undefined {
    return this.serviceEndpoints[service] ?? this.endpoint;
  }

  /** Counts how often the credentials were renewed; clients of an older generation hold older credentials. */
  get generation(): number {
    return this.#generation;
  }

  /** The credentials as of now. @throws Failure `no-credentials`. */
  async credentials(): Promise<CredentialIdentity> {
    return this.clock.during(async () => (await this.#credentialProvider())());
  }

  /** How long the credentials live. @throws Failure `no-credentials`. */
  async credentialLife(): Promise<CredentialLife> {
    return lifeOf(await this.credentials(), this.#options);
  }

  /** Asks the source of the credentials anew, once per generation however many calls have noticed the expiry. */
  renewCredentials(noticedIn: number): void {
    if (noticedIn !== this.#generation) return;
    this.#generation++;
    this.#provider = undefined;
    this.#clients.clear();
  }

  client<S extends ServiceName>(address: ClientAddress<S>): Promise<ServiceClients[S]> {
    const key = `${address.service}/${address.region}/${address.mode}`;
    const known = this.#clients.get(key);
    if (known) return known as Promise<ServiceClients[S]>;
    const made = this.clock.during(() => this.#makeClient(address));
    this.#clients.set(key, made);
    return made;
  }

  /** Closes the sockets, also those of calls that hang: they would keep the process from ending. */
  async close(): Promise<void> {
    this.#closing.abort();
    const clients = await Promise.allSettled(this.#clients.values());
    this.#clients.clear();
    for (const client of clients) if (client.status === "fulfilled") client.value.destroy();
  }

  async #makeClient<S extends ServiceName>(address: ClientAddress<S>): Promise<ServiceClients[S]> {
    const Client = await CLIENT_LOADERS[address.service]();
    return new Client({ ...this.#configFor(address), ...(await this.#pacedRetries(address)) });
  }

  async #pacedRetries({ mode }: ClientAddress<ServiceName>): Promise<Pick<ClientConfig, "retryStrategy">> {
    const { sdkRetries } = this.#options;
    if (!sdkRetries || mode === "single") return {};
    const { ConfiguredRetryStrategy } = await import("@smithy/core/retry");
    return { retryStrategy: new ConfiguredRetryStrategy(sdkRetries.attempts, sdkRetries.delayMs) };
  }

  #configFor({ service, region, mode }: ClientAddress<ServiceName>): ClientConfig {
    return {
      region,
      ...endpointConfig(this.endpointOf(service), this.variant),
      credentials: async (properties) => (await this.#credentialProvider())(properties),
      retryMode: mode === "retries" ? "adaptive" : "standard",
      maxAttempts: ATTEMPTS[mode],
      // The SDK signs with the machine's time. Against a virtual clock that is days ahead, every answer would look skewed.
      disableClockSkewCorrection: this.clock !== systemClock,
      customUserAgent: "gameday",
      requestHandler: {
        connectionTimeout: CONNECTION_TIMEOUT_MS,
        requestTimeout: this.#options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
        throwOnRequestTimeout: true,
        // A session that is taken up again does not show all certificates.
        httpsAgent: { maxCachedSessions: 0 },
      },
    };
  }

  #credentialProvider(): Promise<CredentialProvider> {
    this.#provider ??= credentialProvider({
      stsRegion: "us-east-1",
      ...this.#options,
      stsEndpoint: endpointConfig(this.endpointOf("sts"), this.variant),
    });
    return this.#provider;
  }
}

/** Opens a run's connection. Nothing is sent, and no client package is loaded, before the first call. */
export function connect(options: ConnectionOptions): AwsConnection {
  return new AwsConnection(options);
}
