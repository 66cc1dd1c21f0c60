import type * as Kms from "@aws-sdk/client-kms";
import { AwsError, type Handlers } from "../../service.ts";
import { changeableKey, findKey } from "./key-lookup.ts";
import type { Key, Keys } from "./keys.ts";

const DAY_MS = 86_400_000;

/** Automatic rotation, as a setting: nothing that gameday proves depends on the key material. */
export function keyRotationHandlers(keys: Keys): Handlers<typeof Kms> {
  return {
    GetKeyRotationStatus: (input, at) => rotationStatus(findKey(keys, at, input.KeyId)),
    EnableKeyRotation: (input, at) => {
      const key = changeableKey(keys, at, input.KeyId);
      if (key.privateKey)
        throw new AwsError("UnsupportedOperationException", `${key.arn} is asymmetric: it cannot be rotated.`);
      key.rotation = true;
      key.rotationPeriodDays = input.RotationPeriodInDays ?? 365;
      return {};
    },
    DisableKeyRotation: (input, at) => {
      changeableKey(keys, at, input.KeyId).rotation = false;
      return {};
    },
  };
}

function rotationStatus(key: Key): Omit<Kms.GetKeyRotationStatusCommandOutput, "$metadata"> {
  if (!key.rotation) return { KeyId: key.id, KeyRotationEnabled: false };
  return {
    KeyId: key.id,
    KeyRotationEnabled: true,
    RotationPeriodInDays: key.rotationPeriodDays,
    NextRotationDate: new Date(key.createdAt + key.rotationPeriodDays * DAY_MS),
  };
}
