import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type * as Kms from "@aws-sdk/client-kms";
import { AwsError, type Handlers } from "../../service.ts";
import { changeableKey, findKey } from "./key-lookup.ts";
import { checkKeyPolicy, defaultKeyPolicy } from "./key-policy.ts";
import type { Key, Keys } from "./keys.ts";
import { putTags } from "./key-tag-handlers.ts";

const DAY_MS = 86_400_000;

/** The life of keys: create, describe, enable, disable, delete, and their policies. */
export function keyHandlers(keys: Keys): Handlers<typeof Kms> {
  return {
    CreateKey: (input, at) => {
      const policy = input.Policy ?? defaultKeyPolicy(at.account);
      const allowLockout = input.BypassPolicyLockoutSafetyCheck ?? false;
      checkKeyPolicy(policy, { roles: keys.roles, account: at.account, callerArn: at.principalArn, allowLockout });
      const multiRegion = input.MultiRegion ?? false;
      const key = keys.add(at.region, {
        policy,
        description: input.Description ?? "",
        manager: "CUSTOMER",
        multiRegion,
        privateKey: newPrivateKey(input),
      });
      putTags(key, input.Tags);
      return { KeyMetadata: metadata(key) };
    },
    DescribeKey: (input, at) => ({ KeyMetadata: metadata(findKey(keys, at, input.KeyId)) }),
    ListKeys: (_input, at) => ({
      Keys: Array.from(keys.inRegion(at.region).keys.values(), ({ id, arn }) => ({ KeyId: id, KeyArn: arn })),
      Truncated: false,
    }),
    UpdateKeyDescription: (input, at) => {
      changeableKey(keys, at, input.KeyId).description = input.Description!;
      return {};
    },
    EnableKey: (input, at) => {
      keys.setState(changeableKey(keys, at, input.KeyId), "Enabled");
      return {};
    },
    DisableKey: (input, at) => {
      keys.setState(changeableKey(keys, at, input.KeyId), "Disabled");
      return {};
    },
    ScheduleKeyDeletion: (input, at) => {
      const key = changeableKey(keys, at, input.KeyId);
      const days = input.PendingWindowInDays ?? 30;
      if (days < 7 || days > 30)
        throw new AwsError("ValidationException", "PendingWindowInDays must be between 7 and 30");
      const deletesAt = at.now + days * DAY_MS;
      keys.scheduleDeletion(key, deletesAt);
      return { KeyId: key.arn, DeletionDate: new Date(deletesAt), KeyState: key.state, PendingWindowInDays: days };
    },
    CancelKeyDeletion: (input, at) => {
      const key = findKey(keys, at, input.KeyId);
      if (key.state !== "PendingDeletion")
        throw new AwsError("KMSInvalidStateException", `${key.arn} is not pending deletion.`);
      key.deletesAt = undefined;
      keys.setState(key, "Disabled");
      return { KeyId: key.arn };
    },
    GetKeyPolicy: (input, at) => ({ Policy: findKey(keys, at, input.KeyId).policy, PolicyName: "default" }),
    ListKeyPolicies: (input, at) => {
      findKey(keys, at, input.KeyId);
      return { PolicyNames: ["default"], Truncated: false };
    },
    PutKeyPolicy: (input, at) => {
      const key = changeableKey(keys, at, input.KeyId);
      const allowLockout = input.BypassPolicyLockoutSafetyCheck ?? false;
      checkKeyPolicy(input.Policy!, {
        roles: keys.roles,
        account: at.account,
        callerArn: at.principalArn,
        allowLockout,
      });
      key.policy = input.Policy!;
      return {};
    },
  };
}

const ENCRYPTS = {
  KeyUsage: "ENCRYPT_DECRYPT",
  CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
  KeySpec: "SYMMETRIC_DEFAULT",
  EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
} satisfies Partial<Kms.KeyMetadata>;

const SIGNS = {
  KeyUsage: "SIGN_VERIFY",
  CustomerMasterKeySpec: "ECC_NIST_P256",
  KeySpec: "ECC_NIST_P256",
  SigningAlgorithms: ["ECDSA_SHA_256"],
} satisfies Partial<Kms.KeyMetadata>;

/** Undefined for a symmetric key. KeyUsage must be given for every other one (KMS API reference, CreateKey). */
function newPrivateKey({ KeySpec, CustomerMasterKeySpec, KeyUsage }: Kms.CreateKeyCommandInput): KeyObject | undefined {
  const spec = KeySpec ?? CustomerMasterKeySpec ?? "SYMMETRIC_DEFAULT";
  const usage = KeyUsage ?? "ENCRYPT_DECRYPT";
  if (spec === "SYMMETRIC_DEFAULT" && usage === "ENCRYPT_DECRYPT") return undefined;
  if (spec === "ECC_NIST_P256" && usage === "SIGN_VERIFY")
    return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  if (spec === "SYMMETRIC_DEFAULT" || (spec === "ECC_NIST_P256" && usage !== "KEY_AGREEMENT"))
    throw new AwsError("ValidationException", `KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  throw new AwsError("NotImplemented", `The gameday sandbox has no KMS keys of spec ${spec} for ${usage}.`, 501);
}

function metadata(key: Key): Kms.KeyMetadata {
  return {
    AWSAccountId: key.arn.split(":")[4],
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: new Date(key.createdAt),
    Enabled: key.state === "Enabled",
    Description: key.description,
    KeyState: key.state,
    Origin: "AWS_KMS",
    KeyManager: key.manager,
    ...(key.privateKey ? SIGNS : ENCRYPTS),
    MultiRegion: key.multiRegion,
    ...(key.multiRegion && {
      MultiRegionConfiguration: {
        MultiRegionKeyType: "PRIMARY" as const,
        PrimaryKey: { Arn: key.arn, Region: key.region },
        ReplicaKeys: [],
      },
    }),
    ...(key.deletesAt !== undefined && { DeletionDate: new Date(key.deletesAt) }),
  };
}
