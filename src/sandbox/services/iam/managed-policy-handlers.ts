import type * as Iam from "@aws-sdk/client-iam";
import { AwsError, type Handlers, type RequestContext } from "../../service.ts";
import { AWS_MANAGED_POLICIES, type AwsManagedPolicy } from "./aws-managed-policies.ts";
import { checkName, deleteConflict, noSuchEntity, type ManagedPolicy } from "./identities.ts";
import { parsePolicy } from "./policy-document.ts";
import type { Roles } from "./roles.ts";
import { addTags, removeTags, tagList } from "./tag-input.ts";

const MOST_VERSIONS = 5;

/** Customer managed policies and their versions; AWS's own can be read. */
export function managedPolicyHandlers(account: Roles): Handlers<typeof Iam> {
  const { policies } = account;
  const own = (arn: string | undefined) => {
    const policy = policies.get(arn!);
    if (!policy) throw noSuchEntity(`Policy ${arn} was not found.`);
    return policy;
  };
  const attachments = (arn: string) =>
    [...account.roles.values()].filter((role) => role.attachedPolicies.has(arn)).length;
  return {
    CreatePolicy: (input, at) => {
      parsePolicy(input.PolicyDocument!);
      const policy = newPolicy(input, at);
      if (policies.has(policy.arn)) {
        throw new AwsError(
          "EntityAlreadyExists",
          `A policy called ${policy.name} already exists. Duplicate names are not allowed.`,
          409,
        );
      }
      addTags(policy.tags, input.Tags);
      policies.set(policy.arn, policy);
      return { Policy: describe(policy, 0) };
    },
    GetPolicy: (input) => {
      const aws = AWS_MANAGED_POLICIES.get(input.PolicyArn!);
      return { Policy: aws ? describeAws(aws) : describe(own(input.PolicyArn), attachments(input.PolicyArn!)) };
    },
    GetPolicyVersion: (input) => {
      const aws = AWS_MANAGED_POLICIES.get(input.PolicyArn!);
      if (aws) return { PolicyVersion: version("v1", { document: aws.document, createdAt: 0 }, true) };
      const policy = own(input.PolicyArn);
      const found = policy.versions.get(input.VersionId!);
      if (!found)
        throw noSuchEntity(`Policy ${input.PolicyArn} version ${input.VersionId} does not exist or is not attachable.`);
      return { PolicyVersion: version(input.VersionId!, found, input.VersionId === policy.defaultVersion) };
    },
    ListPolicyVersions: (input) => {
      const policy = own(input.PolicyArn);
      const versions = Array.from(policy.versions, ([id, found]) => {
        const { Document: _, ...rest } = version(id, found, id === policy.defaultVersion);
        return rest;
      });
      return { Versions: versions.reverse(), IsTruncated: false };
    },
    CreatePolicyVersion: (input, at) => {
      parsePolicy(input.PolicyDocument!);
      const policy = own(input.PolicyArn);
      if (policy.versions.size >= MOST_VERSIONS) {
        throw new AwsError("LimitExceeded", "A managed policy can have up to 5 versions.", 409);
      }
      const id = `v${Math.max(...[...policy.versions.keys()].map((key) => Number(key.slice(1)))) + 1}`;
      policy.versions.set(id, { document: input.PolicyDocument!, createdAt: at.now });
      if (input.SetAsDefault) policy.defaultVersion = id;
      return { PolicyVersion: version(id, policy.versions.get(id)!, id === policy.defaultVersion) };
    },
    DeletePolicyVersion: (input) => {
      const policy = own(input.PolicyArn);
      if (input.VersionId === policy.defaultVersion)
        throw deleteConflict("Cannot delete the default version of a policy.");
      policy.versions.delete(input.VersionId!);
      return {};
    },
    DeletePolicy: (input) => {
      const policy = own(input.PolicyArn);
      if (attachments(policy.arn) > 0) throw deleteConflict("Cannot delete a policy attached to entities.");
      policies.delete(policy.arn);
      return {};
    },
    ListEntitiesForPolicy: (input) => ({
      PolicyRoles: [...account.roles.values()]
        .filter((role) => role.attachedPolicies.has(input.PolicyArn!))
        .map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      IsTruncated: false,
    }),
    TagPolicy: (input) => {
      addTags(own(input.PolicyArn).tags, input.Tags);
      return {};
    },
    UntagPolicy: (input) => {
      removeTags(own(input.PolicyArn).tags, input.TagKeys);
      return {};
    },
    ListPolicyTags: (input) => ({ Tags: tagList(own(input.PolicyArn).tags), IsTruncated: false }),
  };
}

function newPolicy(input: Iam.CreatePolicyCommandInput, at: RequestContext): ManagedPolicy {
  const path = input.Path ?? "/";
  const name = checkName(input.PolicyName!, 128);
  return {
    name,
    path,
    id: at.world.newId("ANPA", 17).toUpperCase(),
    arn: `arn:aws:iam::${at.account}:policy${path}${name}`,
    createdAt: at.now,
    description: input.Description,
    tags: new Map(),
    versions: new Map([["v1", { document: input.PolicyDocument!, createdAt: at.now }]]),
    defaultVersion: "v1",
  };
}

function version(
  id: string,
  { document, createdAt }: { document: string; createdAt: number },
  isDefault: boolean,
): Iam.PolicyVersion {
  return {
    VersionId: id,
    Document: encodeURIComponent(document),
    CreateDate: new Date(createdAt),
    IsDefaultVersion: isDefault,
  };
}

function describe(policy: ManagedPolicy, attachmentCount: number): Iam.Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attachmentCount,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.createdAt),
    ...(policy.description !== undefined && { Description: policy.description }),
    Tags: tagList(policy.tags),
  };
}

function describeAws({ name, arn, path }: AwsManagedPolicy): Iam.Policy {
  return { PolicyName: name, Arn: arn, Path: path, DefaultVersionId: "v1", IsAttachable: true, Tags: [] };
}
