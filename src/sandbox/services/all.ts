import type { Principals } from "../gateway/principals.ts";
import type { SandboxService } from "../gateway/sandbox-service.ts";
import type { World } from "../world.ts";
import { stsService } from "./sts/sts-service.ts";

/** Every service of a sandbox, wired to the others it needs. A new service is created and listed here. */
export function createServices({ principals }: { readonly world: World; readonly principals: Principals }) {
  const list: SandboxService<object>[] = [stsService({ principals, roleExists: () => true })];
  return { list };
}

/** What the services are made of, for seeding, for tests and for the services of one another. */
export type Services = ReturnType<typeof createServices>;
