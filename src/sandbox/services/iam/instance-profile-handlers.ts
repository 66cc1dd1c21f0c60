import type * as Iam from "@aws-sdk/client-iam";
import { AwsError, type Handlers } from "../../service.ts";
import {
  checkName,
  deleteConflict,
  existing,
  noSuchEntity,
  refuseDuplicate,
  type InstanceProfile,
} from "./identities.ts";
import { describe as describeRole } from "./role-handlers.ts";
import type { Roles } from "./roles.ts";
import { addTags, removeTags, tagList } from "./tag-input.ts";

/** Instance profiles: what gives an instance its role. */
export function instanceProfileHandlers(account: Roles): Handlers<typeof Iam> {
  const { profiles, roles } = account;
  const find = (name: string | undefined) => existing(profiles, "Instance Profile", name!);
  const describe = (profile: InstanceProfile): Iam.InstanceProfile => ({
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: new Date(profile.createdAt),
    Roles: profile.roleName === undefined ? [] : [describeRole(roles.get(profile.roleName)!)],
    Tags: tagList(profile.tags),
  });
  return {
    CreateInstanceProfile: (input, at) => {
      const name = checkName(input.InstanceProfileName!, 128);
      refuseDuplicate(profiles, "Instance Profile", name);
      const path = input.Path ?? "/";
      const profile: InstanceProfile = {
        name,
        path,
        id: at.world.newId("AIPA", 17).toUpperCase(),
        arn: `arn:aws:iam::${at.account}:instance-profile${path}${name}`,
        createdAt: at.now,
        tags: addTags(new Map(), input.Tags),
        roleName: undefined,
      };
      profiles.set(name, profile);
      return { InstanceProfile: describe(profile) };
    },
    GetInstanceProfile: (input) => ({ InstanceProfile: describe(find(input.InstanceProfileName)) }),
    ListInstanceProfiles: () => ({ InstanceProfiles: [...profiles.values()].map(describe), IsTruncated: false }),
    ListInstanceProfilesForRole: (input) => ({
      InstanceProfiles: [...profiles.values()].filter(({ roleName }) => roleName === input.RoleName).map(describe),
      IsTruncated: false,
    }),
    AddRoleToInstanceProfile: (input) => {
      const profile = find(input.InstanceProfileName);
      existing(roles, "role", input.RoleName!);
      if (profile.roleName !== undefined) {
        throw new AwsError("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1", 409);
      }
      profile.roleName = input.RoleName;
      return {};
    },
    RemoveRoleFromInstanceProfile: (input) => {
      const profile = find(input.InstanceProfileName);
      if (profile.roleName !== input.RoleName) {
        throw noSuchEntity(`Role ${input.RoleName} is not in the instance profile ${input.InstanceProfileName}.`);
      }
      profile.roleName = undefined;
      return {};
    },
    DeleteInstanceProfile: (input) => {
      const profile = find(input.InstanceProfileName);
      if (profile.roleName !== undefined) {
        throw deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
      }
      profiles.delete(profile.name);
      return {};
    },
    TagInstanceProfile: (input) => {
      addTags(find(input.InstanceProfileName).tags, input.Tags);
      return {};
    },
    UntagInstanceProfile: (input) => {
      removeTags(find(input.InstanceProfileName).tags, input.TagKeys);
      return {};
    },
    ListInstanceProfileTags: (input) => ({ Tags: tagList(find(input.InstanceProfileName).tags), IsTruncated: false }),
  };
}
