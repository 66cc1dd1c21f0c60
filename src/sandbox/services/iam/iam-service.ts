import type * as Iam from "@aws-sdk/client-iam";
import { defineService, type InventoryItem, type SandboxService } from "../../gateway/sandbox-service.ts";
import { awsQuery } from "../../protocols/query.ts";
import { instanceProfileHandlers } from "./instance-profile-handlers.ts";
import { managedPolicyHandlers } from "./managed-policy-handlers.ts";
import { roleHandlers } from "./role-handlers.ts";
import { rolePolicyHandlers } from "./role-policy-handlers.ts";
import type { Roles } from "./roles.ts";

/** IAM is global; the log and the inventory file it where its endpoint is. */
const REGION = "us-east-1";

/** IAM: roles, policies and instance profiles. */
export function iamService(account: Roles): SandboxService<object> {
  return defineService<typeof Iam>({
    name: "iam",
    signingNames: ["iam"],
    protocols: [awsQuery("https://iam.amazonaws.com/doc/2010-05-08/")],
    loadSchemas: () => import("@aws-sdk/client-iam"),
    handlers: {
      ...roleHandlers(account),
      ...rolePolicyHandlers(account),
      ...managedPolicyHandlers(account),
      ...instanceProfileHandlers(account),
      ListAccountAliases: () => ({ AccountAliases: [], IsTruncated: false }),
    },
    inventory: () => [
      ...Array.from(account.roles.values(), ({ name, tags }) => item("iam.role", name, tags)),
      ...Array.from(account.policies.values(), ({ arn, tags }) => item("iam.policy", arn, tags)),
      ...Array.from(account.profiles.values(), ({ name, tags }) => item("iam.instance-profile", name, tags)),
    ],
  });
}

function item(type: string, id: string, tags: ReadonlyMap<string, string>): InventoryItem {
  return { region: REGION, type, id, state: "available", tags: Object.fromEntries(tags) };
}
