import type { Aws } from "../../aws/aws.ts";
import { awsFor } from "../../aws/aws-for.ts";
import { connect, type AwsConnection } from "../../aws/connection.ts";
import { watchFor } from "../../aws/watch/watch-for.ts";
import type { Drill } from "../../drill/drill.ts";
import { Failure } from "../../engine/failure.ts";
import type { ServiceScope } from "../../engine/step-kind.ts";
import type { DrillServices } from "../../steps/services.ts";
import type { TerraformSettings } from "../../terraform/settings.ts";
import { systemClock } from "../../time/system-clock.ts";
import { awsToolEnvironment } from "../aws/aws-tool-environment.ts";
import { profileOf } from "../aws/connection-options.ts";
import { endpointOptions } from "../aws/endpoint.ts";
import { placeOfRun } from "../aws/place-of-run.ts";
import { checkEndpointAnswers } from "../aws/endpoint-answers.ts";
import type { Io } from "../io.ts";

/** AWS for looking and deleting outside of a run: nothing of it is journaled. */
export interface Hands {
  readonly connection: AwsConnection;
  readonly account: string;
  services(region: string, runId: string, signal?: AbortSignal): DrillServices;
}

export interface HandsRequest {
  readonly io: Io;
  readonly profile?: string | undefined;
  /** The accounts that runs here were made in, and the one that was named. */
  readonly accounts: ReadonlySet<string>;
  /** Where STS is asked who we are. */
  readonly region: string;
  /** The role that the drill assumes; the credentials as they are when absent. */
  readonly role?: Drill["assumeRole"];
}

/** Finds out who we are before anything else. @throws Failure `account-not-confirmed`, with consequence `refused`. */
export async function openHands({ io, profile, accounts, region, role }: HandsRequest): Promise<Hands> {
  const endpoints = await placeOfRun(io, { profile, region });
  if (endpoints.general) await checkEndpointAnswers(endpoints.general, systemClock);
  const named = profileOf(profile, io);
  const connection = connect({
    clock: systemClock,
    stsRegion: region,
    ...endpointOptions(endpoints),
    ...(named === undefined ? {} : { profile: named }),
    ...(role ? { assumeRole: { ...role, sessionName: "gameday-cleanup" } } : {}),
  });
  const services = (place: string, runId: string, signal?: AbortSignal) =>
    servicesOf({ connection, io, region: place, runId, ...(signal ? { signal } : {}) });
  try {
    const account = await confirmAccount(services(region, "").aws, region, accounts);
    return { connection, account, services };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** The account that the credentials are of. @throws Failure `account-not-confirmed` where it is none of those. */
export async function confirmAccount(aws: Aws, region: string, accounts: ReadonlySet<string>): Promise<string> {
  const sts = await aws.sts(region);
  const { Account: account = "", Arn: arn = "" } = await sts.getCallerIdentity({});
  if (!accounts.has(account)) throw notConfirmed(account, arn, [...accounts]);
  return account;
}

export interface ServicesRequest {
  readonly connection: AwsConnection;
  readonly io: Io;
  readonly region: string;
  readonly runId: string;
  readonly signal?: AbortSignal;
}

/** Services outside of a run. */
export function servicesOf(request: ServicesRequest): DrillServices {
  return servicesFor(request.connection, bareScope(request), { environment: {} });
}

/** What deletes needs nobody to be asked, and no program of the host's. */
export function servicesFor(
  connection: AwsConnection,
  scope: ServiceScope,
  terraform: TerraformSettings,
): DrillServices {
  return {
    scope,
    aws: awsFor(connection, scope),
    watch: watchFor(connection, scope),
    people: { confirm: () => Promise.reject(new Error("cleanup asks nobody")) },
    terraform,
    hostEnvironment: {},
    awsEnvironment: () => awsToolEnvironment(connection, scope),
  };
}

async function untold(): Promise<void> {}

function bareScope({ connection, io, region, runId, signal }: ServicesRequest): ServiceScope {
  return {
    runId,
    drillName: "",
    regions: { primary: region, dr: region, primaryLost: false },
    primaryRefused: false,
    signal: signal ?? new AbortController().signal,
    clock: connection.clock,
    runFolder: io.cwd,
    tags: {},
    progress: untold,
    finding: async ({ message }) => void io.stderr.write(`note: ${message}\n`),
    secret: untold,
    waitingForPeople: (_prompt, work) => work(),
    recordCall: untold,
    recordObservation: untold,
    recordTool: untold,
  };
}

function notConfirmed(account: string, arn: string, confirmed: readonly string[]): Failure {
  const whose =
    confirmed.length > 0 ? `the runs here were made in ${confirmed.join(", ")}` : "no run here names an account";
  return new Failure({
    code: "account-not-confirmed",
    message: `the credentials are of account ${account} (${arn}), and ${whose}`,
    fixer: "operator",
    next: `use the credentials of that account, or confirm this one: --account ${account}`,
    consequence: "refused",
  });
}
