import { adminRoutes, advanceOf, CONTROL_HEADER } from "./admin.ts";
import { environmentFor } from "./environment.ts";
import type { Interceptor } from "./gateway/call.ts";
import type { AccessKey } from "./gateway/access-key.ts";
import { Authenticator } from "./gateway/authenticator.ts";
import { startGateway } from "./gateway/gateway.ts";
import { Principals } from "./gateway/principals.ts";
import type { InventoryItem } from "./gateway/sandbox-service.ts";
import { throttle } from "./gateway/throttle.ts";
import { createServices, type Services } from "./services/all.ts";
import { World, type WorldOptions } from "./world.ts";

export interface SandboxOptions extends WorldOptions {
  /** Any free port by default. */
  readonly port?: number;
  /** Whether EC2's request rates are enforced; they are by default. */
  readonly throttling?: boolean;
  /** Whether sessions of STS end on the sandbox's clock; see {@link Principals}. */
  readonly enforceExpiry?: boolean;
  /** Faults to inject: asked in order before every call. */
  readonly interceptors?: readonly Interceptor[];
}

/** A running sandbox: AWS on a loopback address. */
export interface Sandbox {
  /** `http://127.0.0.1:<port>`: one endpoint for all services and Regions. */
  readonly endpoint: string;
  /** Points the AWS CLI, the SDKs and Terraform at the sandbox, whatever profile their user has chosen. */
  readonly environment: Readonly<Record<string, string>>;
  /** Signs for the account's operator; random, and of this sandbox alone. */
  readonly credentials: AccessKey;
  /** What the controls under `/_gameday/` want to see. */
  readonly controlHeaders: Readonly<Record<string, string>>;
  /** Twelve digits. */
  readonly account: string;
  readonly world: World;
  /** The services' insides, for seeding and for tests. */
  readonly services: Services;
  /** Everything that exists at this moment. */
  inventory(): Promise<readonly InventoryItem[]>;
  close(): Promise<void>;
}

/** Starts a sandbox in this process. Its bytes stay in `folder`, its server on 127.0.0.1. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const world = new World(options);
  const principals = new Principals({ account: world.account, enforceExpiry: options.enforceExpiry ?? false });
  const services = createServices({ world, principals });
  const inventory = async () => {
    await world.catchUp();
    return services.list.flatMap((service) => service.inventory?.() ?? []);
  };
  const gateway = await startGateway({
    world,
    services: services.list,
    authenticator: new Authenticator(principals, world.clock),
    interceptors: [...(options.interceptors ?? []), ...(options.throttling === false ? [] : [throttle()])],
    admin: adminRoutes({
      world,
      inventory,
      advance: advanceOf(world.clock),
      secret: principals.operator.secretAccessKey,
    }),
    port: options.port ?? 0,
  });
  const { accessKeyId, secretAccessKey } = principals.operator;
  const credentials = { accessKeyId, secretAccessKey };
  return {
    endpoint: gateway.endpoint,
    environment: await environmentFor({ endpoint: gateway.endpoint, folder: world.folder, credentials }),
    credentials,
    controlHeaders: { [CONTROL_HEADER]: secretAccessKey },
    account: world.account,
    world,
    services,
    inventory,
    async close() {
      await gateway.close();
      await services.commands.close();
      await services.ec2.close();
    },
  };
}
