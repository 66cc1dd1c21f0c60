import { setMaxListeners } from "node:events";
import type { ServiceScope } from "../engine/step-kind.ts";
import type { Aws, ClientOptions } from "./aws.ts";
import { callAws, type Caller, type SdkCommand } from "./call.ts";
import type { ServiceClients, ServiceName } from "./clients.ts";
import type { AwsConnection, ClientAddress } from "./connection.ts";

/** AWS as one scope sees it: the connection's shared clients, with each call refused, recorded and explained for that scope. */
export function awsFor(connection: AwsConnection, scope: ServiceScope): Aws {
  // Every call in flight listens to it, and many at once are normal.
  setMaxListeners(0, scope.signal);
  return awsForCaller({ connection, scope, signal: scope.signal });
}

/** As {@link awsFor}, for polls on behalf of several scopes: no single one's abort may cut them off. */
export function awsForPolls(connection: AwsConnection, scope: ServiceScope): Aws {
  return awsForCaller({ connection, scope });
}

function awsForCaller(caller: Caller): Aws {
  const service =
    <S extends ServiceName>(name: S) =>
    async (region: string, options: ClientOptions = {}): Promise<ServiceClients[S]> => {
      const address = { service: name, region, mode: options.retries === false ? "single" : "retries" } as const;
      return scoped(caller, address, await caller.connection.client(address));
    };
  return {
    ec2: service("ec2"),
    ebs: service("ebs"),
    ssm: service("ssm"),
    iam: service("iam"),
    kms: service("kms"),
    dlm: service("dlm"),
    cloudwatch: service("cloudwatch"),
    sts: service("sts"),
  };
}

/** The client with a `send` of the scope's own. Its methods and paginators all go through `send`, and so through the scope. */
function scoped<S extends ServiceName>(
  caller: Caller,
  address: ClientAddress<S>,
  client: ServiceClients[S],
): ServiceClients[S] {
  const send = (command: SdkCommand): Promise<unknown> => callAws(caller, address, command);
  return Object.create(client, { send: { value: send } }) as ServiceClients[S];
}
