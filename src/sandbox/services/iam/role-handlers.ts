import type * as Iam from "@aws-sdk/client-iam";
import type { Handlers, RequestContext } from "../../service.ts";
import { checkName, deleteConflict, existing, refuseDuplicate, type Role } from "./identities.ts";
import { parsePolicy } from "./policy-document.ts";
import type { Roles } from "./roles.ts";
import { addTags, removeTags, tagList } from "./tag-input.ts";

/** Roles themselves: create, read, update, delete, tags. */
export function roleHandlers(account: Roles): Handlers<typeof Iam> {
  const { roles } = account;
  const find = (name: string | undefined) => existing(roles, "role", name!);
  return {
    CreateRole: (input, at) => {
      const name = checkName(input.RoleName!, 64);
      refuseDuplicate(roles, "Role", name);
      parsePolicy(input.AssumeRolePolicyDocument!);
      const role = newRole(input, at);
      addTags(role.tags, input.Tags);
      roles.set(name, role);
      return { Role: describe(role) };
    },
    GetRole: (input) => ({ Role: describe(find(input.RoleName)) }),
    ListRoles: (input) => ({
      Roles: [...roles.values()].filter(({ path }) => path.startsWith(input.PathPrefix ?? "/")).map(describe),
      IsTruncated: false,
    }),
    UpdateRole: (input) => {
      const role = find(input.RoleName);
      role.description = input.Description ?? role.description;
      role.maxSessionSeconds = input.MaxSessionDuration ?? role.maxSessionSeconds;
      return {};
    },
    UpdateRoleDescription: (input) => {
      const role = find(input.RoleName);
      role.description = input.Description;
      return { Role: describe(role) };
    },
    UpdateAssumeRolePolicy: (input) => {
      parsePolicy(input.PolicyDocument!);
      find(input.RoleName).trustPolicy = input.PolicyDocument!;
      return {};
    },
    PutRolePermissionsBoundary: (input) => {
      find(input.RoleName).permissionsBoundary = input.PermissionsBoundary;
      return {};
    },
    DeleteRolePermissionsBoundary: (input) => {
      find(input.RoleName).permissionsBoundary = undefined;
      return {};
    },
    DeleteRole: (input) => {
      deleteRole(account, find(input.RoleName));
      return {};
    },
    TagRole: (input) => {
      addTags(find(input.RoleName).tags, input.Tags);
      return {};
    },
    UntagRole: (input) => {
      removeTags(find(input.RoleName).tags, input.TagKeys);
      return {};
    },
    ListRoleTags: (input) => ({ Tags: tagList(find(input.RoleName).tags), IsTruncated: false }),
  };
}

function newRole(input: Iam.CreateRoleCommandInput, at: RequestContext): Role {
  const path = input.Path ?? "/";
  return {
    name: input.RoleName!,
    path,
    id: at.world.newId("AROA", 17).toUpperCase(),
    arn: `arn:aws:iam::${at.account}:role${path}${input.RoleName}`,
    createdAt: at.now,
    trustPolicy: input.AssumeRolePolicyDocument!,
    description: input.Description,
    maxSessionSeconds: input.MaxSessionDuration ?? 3600,
    permissionsBoundary: input.PermissionsBoundary,
    tags: new Map(),
    inlinePolicies: new Map(),
    attachedPolicies: new Set(),
  };
}

function deleteRole({ roles, profiles }: Roles, role: Role): void {
  if (role.attachedPolicies.size > 0) throw deleteConflict("Cannot delete entity, must detach all policies first.");
  if (role.inlinePolicies.size > 0) throw deleteConflict("Cannot delete entity, must delete policies first.");
  if ([...profiles.values()].some(({ roleName }) => roleName === role.name)) {
    throw deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
  }
  roles.delete(role.name);
}

/** A role as IAM describes it: documents are URL-encoded (RFC 3986). */
export function describe(role: Role): Iam.Role {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument: encodeURIComponent(role.trustPolicy),
    MaxSessionDuration: role.maxSessionSeconds,
    ...(role.description !== undefined && { Description: role.description }),
    ...(role.tags.size > 0 && { Tags: tagList(role.tags) }),
    ...(role.permissionsBoundary !== undefined && {
      PermissionsBoundary: {
        PermissionsBoundaryType: "PermissionsBoundaryPolicy",
        PermissionsBoundaryArn: role.permissionsBoundary,
      },
    }),
  };
}
