import { Failure } from "../engine/failure.ts";
import type { Permission } from "../engine/permission.ts";
import type { ServiceScope } from "../engine/step-kind.ts";
import { CLOCKS_APART_MS } from "../time/clock.ts";
import { formatDuration } from "../time/duration.ts";
import { awsFor } from "./aws-for.ts";
import { clockOffset, type HeaderReader } from "./clock-offset.ts";
import type { AwsConnection } from "./connection.ts";

export interface GuardRequest {
  readonly connection: AwsConnection;
  readonly scope: ServiceScope;
  /** The account ids the drill may run in. */
  readonly accounts: readonly string[];
  /** How long credentials are needed at most, in milliseconds: the run's time budget and teardown's. */
  readonly neededMs: number;
}

export interface GuardedIdentity {
  readonly account: string;
  readonly arn: string;
  /** Local clock minus AWS's clock in milliseconds, by Region; AWS tells whole seconds. */
  readonly clockOffsetMs: Readonly<Record<string, number>>;
}

export const GUARD_PERMISSIONS: readonly Permission[] = [{ actions: ["sts:GetCallerIdentity", "ec2:DescribeRegions"] }];

/**
 * Decides whether the run may touch AWS: who we are is asked before anything is changed.
 * @throws Failure with consequence `refused`, whatever the reason.
 */
export async function checkGuard(request: GuardRequest): Promise<GuardedIdentity> {
  try {
    return await check(request);
  } catch (error) {
    if (error instanceof Failure) throw new Failure({ ...error.details, consequence: "refused" });
    throw error;
  }
}

async function check(request: GuardRequest): Promise<GuardedIdentity> {
  const { primary, dr } = request.scope.regions;
  await checkLife(request);
  const identity = await whoAmI(request, primary);
  checkAccount(request, identity);
  await checkOptIn(request);
  const elsewhere = dr === primary ? identity : await whoAmI(request, dr);
  checkAccount(request, elsewhere);
  const clockOffsetMs = { [primary]: identity.offsetMs, [dr]: elsewhere.offsetMs };
  await reportOffset(request, clockOffsetMs);
  return { account: identity.account, arn: identity.arn, clockOffsetMs };
}

async function checkLife({ connection, neededMs }: GuardRequest): Promise<void> {
  const { expiresAt, refreshable } = await connection.credentialLife();
  if (expiresAt === undefined || refreshable) return;
  const leftMs = expiresAt - connection.clock.now();
  if (leftMs >= neededMs) return;
  throw new Failure({
    code: "credentials-too-short",
    message: `The credentials end in ${formatDuration(leftMs)} and cannot be refreshed; the drill may take ${formatDuration(neededMs)}`,
    fixer: "operator",
    next: "use credentials that refresh (a profile with SSO or a role), or `assumeRole` in the drill",
  });
}

interface Caller {
  readonly account: string;
  readonly arn: string;
  readonly offsetMs: number;
}

async function whoAmI({ connection, scope }: GuardRequest, region: string): Promise<Caller> {
  const { GetCallerIdentityCommand } = await connection.clock.during(() => import("@aws-sdk/client-sts"));
  const sts = await awsFor(connection, scope).sts(region);
  const command = new GetCallerIdentityCommand({});
  const offset = clockOffset(connection.clock, (reader: HeaderReader) =>
    command.middlewareStack.add(
      (next) => async (input) => {
        const sentAt = connection.clock.now();
        const output = await next(input);
        reader(output.response, sentAt);
        return output;
      },
      { step: "deserialize", name: "gamedayClockOffset" },
    ),
  );
  const { Account: account = "", Arn: arn = "" } = await sts.send(command);
  return { account, arn, offsetMs: offset() };
}

function checkAccount({ accounts }: GuardRequest, { account, arn }: Caller): void {
  if (accounts.includes(account)) return;
  throw new Failure({
    code: "wrong-account",
    message: `The credentials are of account ${account} (${arn}); the drill allows ${accounts.join(", ") || "none"}`,
    fixer: "operator",
    next: "use the credentials of an allowed account, or add this one to `safety.accounts`",
  });
}

async function checkOptIn({ connection, scope }: GuardRequest): Promise<void> {
  const wanted = [...new Set([scope.regions.primary, scope.regions.dr])];
  const ec2 = await awsFor(connection, scope).ec2(scope.regions.primary);
  const { Regions = [] } = await ec2.describeRegions({ AllRegions: true });
  for (const region of wanted) {
    const known = Regions.find((candidate) => candidate.RegionName === region);
    if (known && known.OptInStatus !== "not-opted-in") continue;
    throw new Failure({
      code: known ? "region-not-opted-in" : "unknown-region",
      message: known ? `The account has not opted in to ${region}` : `AWS knows no Region ${region}`,
      fixer: known ? "operator" : "drill author",
      next: known
        ? `aws account enable-region --region-name ${region} (takes minutes to hours)`
        : "correct `regions` in the drill",
    });
  }
}

async function reportOffset({ scope }: GuardRequest, offsets: Readonly<Record<string, number>>): Promise<void> {
  const [region, offset] = Object.entries(offsets).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]))[0]!;
  if (Math.abs(offset) < CLOCKS_APART_MS) return;
  await scope.finding({
    code: "clock-offset",
    severity: "warning",
    message: `This machine's clock and AWS's in ${region} are ${formatDuration(offset)} apart: recovery points are off by that much`,
  });
}
