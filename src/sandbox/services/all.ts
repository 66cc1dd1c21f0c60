import type { Principals } from "../gateway/principals.ts";
import type { SandboxService } from "../gateway/sandbox-service.ts";
import type { World } from "../world.ts";
import { cloudWatchService } from "./cloudwatch/cloudwatch-service.ts";
import { Monitoring } from "./cloudwatch/monitoring.ts";
import { dlmService } from "./dlm/dlm-service.ts";
import { LifecycleManager } from "./dlm/lifecycle-manager.ts";
import { ebsService } from "./ebs/ebs-service.ts";
import { Ec2 } from "./ec2/ec2.ts";
import { ec2Service } from "./ec2/ec2-service.ts";
import { snapshotMaker } from "./ec2/snapshot-maker.ts";
import { iamService } from "./iam/iam-service.ts";
import { Roles } from "./iam/roles.ts";
import { Keys } from "./kms/keys.ts";
import { kmsService } from "./kms/kms-service.ts";
import { Commands } from "./ssm/commands.ts";
import { ssmService } from "./ssm/ssm-service.ts";
import { stsService } from "./sts/sts-service.ts";

/** Every service of a sandbox, wired to the others it needs. A new service is created and listed here. */
export function createServices({ world, principals }: { readonly world: World; readonly principals: Principals }) {
  const roles = new Roles(world);
  const keys = new Keys(world, roles);
  const ec2 = new Ec2({ world, keys, roles });
  const commands = new Commands(world);
  const lifecycles = new LifecycleManager({ world, roles, snapshots: snapshotMaker(ec2) });
  const monitoring = new Monitoring(world);
  const list: SandboxService<object>[] = [
    stsService({ principals, roles }),
    iamService(roles),
    kmsService(keys),
    ec2Service(ec2),
    ebsService(ec2),
    ssmService(ec2, commands),
    dlmService(lifecycles),
    cloudWatchService(monitoring),
  ];
  return { list, roles, keys, ec2, commands, lifecycles, monitoring };
}

/** What the services are made of, for seeding, for tests and for the services of one another. */
export type Services = ReturnType<typeof createServices>;
