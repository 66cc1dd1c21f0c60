import type { ServiceScope } from "../../engine/step-kind.ts";
import { awsForPolls } from "../aws-for.ts";
import { refuseLostPrimary } from "../call.ts";
import type { BucketSize } from "../refilling-tokens.ts";
import type { AwsConnection } from "../connection.ts";
import { WATCH_KINDS } from "./kinds/all.ts";
import { Lane } from "./lane.ts";
import type { Sighting, Watch, WatchRequest } from "./watch.ts";
import type { Watched, WatchedKind } from "./watched.ts";

/** With what is there at first less than a twentieth of the 20 Describe calls per second that EC2 refills for the account. */
export const EC2_POLLS: BucketSize = { capacity: 10, refillPerSecond: 0.9 };
/**
 * Only GetCommandInvocation gives a script's output, one command a call, and hundreds may end together. How many SSM takes is not
 * documented: a poll that is refused is waited out.
 */
const COMMAND_POLLS: BucketSize = { capacity: 200, refillPerSecond: 5 };
/** Services without a bucket shared by everything, some of which tell of one resource a call. */
const OTHER_POLLS: BucketSize = { capacity: 40, refillPerSecond: 5 };

/** The watch as one scope sees it. Its lanes are the connection's, shared by all scopes of the run. */
export function watchFor(connection: AwsConnection, scope: ServiceScope): Watch {
  return {
    async until<K extends WatchedKind>(request: WatchRequest<K>): Promise<Sighting<Watched[K]>> {
      await refuseLostPrimary(scope, request.region, `watching ${request.kind} ${request.id}`);
      const { id, judge, expectedAt, graceMs, unhurriedMs, signal } = request;
      return laneFor(connection, request.region, request.kind).join({
        scope,
        id,
        judge: (sighting) => judge(sighting),
        signals: signal ? [scope.signal, signal] : [scope.signal],
        ...(expectedAt === undefined ? {} : { expectedAt }),
        ...(graceMs === undefined ? {} : { graceMs }),
        ...(unhurriedMs === undefined ? {} : { unhurriedMs }),
      });
    },
  };
}

function laneFor<K extends WatchedKind>(connection: AwsConnection, region: string, kind: K): Lane<Watched[K]> {
  const key = `${region}/${kind}`;
  const known = connection.lanes.get(key) as Lane<Watched[K]> | undefined;
  if (known) return known;
  const { clock, random } = connection;
  const lane = new Lane<Watched[K]>({
    region,
    kind,
    clock,
    random,
    budget: budgetOf(kind),
    kindFor: (scope, called) => {
      const aws = awsForPolls(connection, countingCalls(scope, called));
      return WATCH_KINDS[kind]({ aws, region, clock, runId: scope.runId });
    },
  });
  connection.lanes.set(key, lane as Lane<unknown>);
  return lane;
}

function budgetOf(kind: WatchedKind): BucketSize {
  if (kind === "ssm.command") return COMMAND_POLLS;
  return kind.startsWith("ec2.") ? EC2_POLLS : OTHER_POLLS;
}

/** The scope, with whoever counts its calls told of each. */
function countingCalls(scope: ServiceScope, called: () => void): ServiceScope {
  const recordCall: ServiceScope["recordCall"] = (call) => {
    called();
    return scope.recordCall(call);
  };
  return Object.create(scope, { recordCall: { value: recordCall } }) as ServiceScope;
}
