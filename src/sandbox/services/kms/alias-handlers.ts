import type * as Kms from "@aws-sdk/client-kms";
import { AwsError, type Handlers, type RequestContext } from "../../service.ts";
import { changeableKey } from "./key-lookup.ts";
import type { Alias, Keys } from "./keys.ts";

/** Aliases: other names for keys, per Region. */
export function aliasHandlers(keys: Keys): Handlers<typeof Kms> {
  const existing = (at: RequestContext, name: string): Alias => {
    const alias = keys.inRegion(at.region).aliases.get(name);
    if (!alias) throw new AwsError("NotFoundException", `Alias ${aliasArn(at, name)} is not found.`);
    return alias;
  };
  return {
    CreateAlias: (input, at) => {
      const name = checkedName(input.AliasName!);
      const { aliases } = keys.inRegion(at.region);
      if (aliases.has(name)) {
        throw new AwsError("AlreadyExistsException", `An alias with the name ${aliasArn(at, name)} already exists`);
      }
      const { id } = changeableKey(keys, at, input.TargetKeyId);
      aliases.set(name, { name, keyId: id, createdAt: at.now, updatedAt: at.now });
      return {};
    },
    UpdateAlias: (input, at) => {
      const alias = existing(at, input.AliasName!);
      alias.keyId = changeableKey(keys, at, input.TargetKeyId).id;
      alias.updatedAt = at.now;
      return {};
    },
    DeleteAlias: (input, at) => {
      existing(at, input.AliasName!);
      keys.inRegion(at.region).aliases.delete(input.AliasName!);
      return {};
    },
    ListAliases: (input, at) => {
      const wanted = input.KeyId === undefined ? undefined : changeableKey(keys, at, input.KeyId).id;
      const aliases = [...keys.inRegion(at.region).aliases.values()].filter(({ keyId }) => !wanted || keyId === wanted);
      return { Aliases: aliases.map((alias) => describe(at, alias)), Truncated: false };
    },
  };
}

function describe(at: RequestContext, alias: Alias): Kms.AliasListEntry {
  return {
    AliasName: alias.name,
    AliasArn: aliasArn(at, alias.name),
    TargetKeyId: alias.keyId,
    CreationDate: new Date(alias.createdAt),
    LastUpdatedDate: new Date(alias.updatedAt),
  };
}

function aliasArn(at: RequestContext, name: string): string {
  return `arn:aws:kms:${at.region}:${at.account}:${name}`;
}

function checkedName(name: string): string {
  if (name.startsWith("alias/aws/"))
    throw new AwsError("NotAuthorizedException", "Alias names that begin with alias/aws/ are reserved.");
  if (/^alias\/[\w/-]{1,250}$/.test(name)) return name;
  throw new AwsError(
    "ValidationException",
    'Alias must start with the prefix "alias/" and contain only letters, digits, / _ and -.',
  );
}
