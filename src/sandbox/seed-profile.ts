import type { Roles } from "./services/iam/roles.ts";

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** An instance profile of that name, with a role of the same name that lets SSM manage the instance. */
export function seedInstanceProfile({ roles, profiles, world }: Roles, name: string, createdAt: number): void {
  const arn = (kind: string) => `arn:aws:iam::${world.account}:${kind}/${name}`;
  const common = { name, path: "/", createdAt };
  roles.set(name, {
    ...common,
    id: world.newId("AROA", 17).toUpperCase(),
    arn: arn("role"),
    trustPolicy: TRUST,
    description: "Lets Systems Manager run commands on hosts",
    maxSessionSeconds: 3_600,
    permissionsBoundary: undefined,
    tags: new Map(),
    inlinePolicies: new Map(),
    attachedPolicies: new Set(["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]),
  });
  profiles.set(name, {
    ...common,
    id: world.newId("AIPA", 17).toUpperCase(),
    arn: arn("instance-profile"),
    tags: new Map(),
    roleName: name,
  });
}
