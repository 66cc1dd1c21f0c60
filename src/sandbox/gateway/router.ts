import { operationsOf, requiredMembers, type Operation, type Operations } from "../protocols/operation.ts";
import type { Protocol } from "../protocols/protocol.ts";
import type { WireRequest } from "../protocols/wire-request.ts";
import { AwsError, type RequestContext } from "../service.ts";
import type { SandboxService } from "./sandbox-service.ts";

export type Handler = (input: object, at: RequestContext) => object | Promise<object>;

/** Where a request goes. */
export interface Target {
  readonly service: SandboxService<object>;
  readonly protocol: Protocol;
  readonly operation: Operation;
  readonly handler: Handler;
}

/** Finds services by signing name and operations by protocol; loads a service's schemas when it is first addressed. */
export class Router {
  readonly #services = new Map<string, SandboxService<object>>();
  readonly #operations = new Map<SandboxService<object>, Promise<Operations>>();

  constructor(services: readonly SandboxService<object>[]) {
    for (const service of services) for (const name of service.signingNames) this.#services.set(name, service);
  }

  /** Throws a 501 for a service that the sandbox does not have. */
  service(signingName: string): SandboxService<object> {
    const service = this.#services.get(signingName);
    if (service) return service;
    throw notImplemented(`The service ${signingName}`);
  }

  async target(service: SandboxService<object>, request: WireRequest): Promise<Target> {
    const operations = await this.#operationsOf(service);
    for (const protocol of service.protocols) {
      const name = protocol.operationNameOf(request, operations);
      if (name === undefined) continue;
      const operation = operations.get(name);
      if (!operation) throw new RoutedError(protocol, unknownOperation(name));
      const handlers = service.handlers as Readonly<Record<string, Handler | undefined>>;
      const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
      if (!handler) throw new RoutedError(protocol, notImplemented(`${service.name}:${name}`), name);
      return { service, protocol, operation, handler };
    }
    throw new AwsError("UnknownOperationException", `The request names no operation of ${service.name}.`);
  }

  #operationsOf(service: SandboxService<object>): Promise<Operations> {
    let operations = this.#operations.get(service);
    if (!operations) {
      operations = service.loadSchemas().then(operationsOf);
      this.#operations.set(service, operations);
    }
    return operations;
  }
}

/** An error that is to be written in a protocol which is known although no operation was found. */
export class RoutedError extends Error {
  readonly protocol: Protocol;
  readonly error: AwsError;
  readonly operationName: string | undefined;
  constructor(protocol: Protocol, error: AwsError, operationName?: string) {
    super(error.message);
    this.protocol = protocol;
    this.error = error;
    this.operationName = operationName;
  }
}

/** Terraform gives up on a 501 at once, where it would retry a 500 for minutes. */
function notImplemented(what: string): AwsError {
  return new AwsError("NotImplemented", `${what} is not implemented by the gameday sandbox`, 501);
}

function unknownOperation(name: string): AwsError {
  return new AwsError("InvalidAction", `The action ${name.slice(0, 100)} is not valid for this web service.`);
}

/** Throws what AWS answers when a required member is missing. */
export function checkRequired({ service, operation }: Target, input: object): void {
  const missing = requiredMembers(operation.input).filter(
    (name) => (input as Record<string, unknown>)[name] === undefined,
  );
  if (missing.length === 0) return;
  if (service.name === "ec2") {
    throw new AwsError("MissingParameter", `The request must contain the parameter ${missing[0]}`);
  }
  throw new AwsError(
    "ValidationException",
    `${missing.length} validation error detected: ${missing.join(", ")} must not be null`,
  );
}
