import type * as Kms from "@aws-sdk/client-kms";
import { defineService, type SandboxService } from "../../gateway/sandbox-service.ts";
import { jsonRpc } from "../../protocols/json-rpc.ts";
import { aliasHandlers } from "./alias-handlers.ts";
import { grantHandlers } from "./grant-handlers.ts";
import { keyHandlers } from "./key-handlers.ts";
import { keyRotationHandlers } from "./key-rotation-handlers.ts";
import { keyTagHandlers } from "./key-tag-handlers.ts";
import type { Keys } from "./keys.ts";
import { signHandlers } from "./sign-handlers.ts";

/** KMS: keys as drills see them. Nothing is really encrypted; what is signed really is. */
export function kmsService(keys: Keys): SandboxService<object> {
  return defineService<typeof Kms>({
    name: "kms",
    signingNames: ["kms"],
    protocols: [jsonRpc("1.1")],
    loadSchemas: () => import("@aws-sdk/client-kms"),
    handlers: {
      ...keyHandlers(keys),
      ...keyRotationHandlers(keys),
      ...keyTagHandlers(keys),
      ...aliasHandlers(keys),
      ...grantHandlers(keys),
      ...signHandlers(keys),
    },
    inventory: () =>
      Array.from(keys.all())
        .filter(({ manager }) => manager === "CUSTOMER")
        .map(({ region, id, state, tags }) => ({ region, type: "kms.key", id, state, tags: Object.fromEntries(tags) })),
  });
}
