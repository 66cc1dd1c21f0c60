import type * as Kms from "@aws-sdk/client-kms";
import { AwsError, type Handlers } from "../../service.ts";
import { changeableKey, findKey } from "./key-lookup.ts";
import type { Grant, Key, Keys } from "./keys.ts";

/** Grants are kept and listed; who may use a key is decided by policies alone. */
export function grantHandlers(keys: Keys): Handlers<typeof Kms> {
  return {
    CreateGrant: (input, at) => {
      const key = changeableKey(keys, at, input.KeyId);
      const grant: Grant = {
        id: at.world.newId("", 64),
        token: at.world.newId("", 64),
        granteePrincipal: input.GranteePrincipal!,
        operations: input.Operations!,
        name: input.Name,
        createdAt: at.now,
      };
      key.grants.set(grant.id, grant);
      return { GrantId: grant.id, GrantToken: grant.token };
    },
    ListGrants: (input, at) => {
      const key = findKey(keys, at, input.KeyId);
      const grants = [...key.grants.values()].filter(({ id }) => input.GrantId === undefined || id === input.GrantId);
      return { Grants: grants.map((grant) => describe(key, grant)), Truncated: false };
    },
    RevokeGrant: (input, at) => {
      const removed = findKey(keys, at, input.KeyId).grants.delete(input.GrantId!);
      if (!removed) throw new AwsError("NotFoundException", `Grant ID ${input.GrantId} not found`);
      return {};
    },
  };
}

function describe(key: Key, grant: Grant): Kms.GrantListEntry {
  return {
    KeyId: key.arn,
    GrantId: grant.id,
    GranteePrincipal: grant.granteePrincipal,
    Operations: grant.operations as Kms.GrantOperation[],
    CreationDate: new Date(grant.createdAt),
    ...(grant.name !== undefined && { Name: grant.name }),
  };
}
