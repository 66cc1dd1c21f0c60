import type * as Sts from "@aws-sdk/client-sts";
import { awsQuery } from "../../protocols/query.ts";
import { defineService, type SandboxService } from "../../gateway/sandbox-service.ts";
import type { Principals } from "../../gateway/principals.ts";
import type { Roles } from "../iam/roles.ts";
import { AwsError, type RequestContext } from "../../service.ts";

const HOUR_S = 3600;

/** STS: who is calling, and temporary credentials. */
export function stsService({
  principals,
  roles,
}: {
  readonly principals: Principals;
  readonly roles: Roles;
}): SandboxService<object> {
  return defineService<typeof Sts>({
    name: "sts",
    signingNames: ["sts"],
    protocols: [awsQuery("https://sts.amazonaws.com/doc/2011-06-15/")],
    loadSchemas: () => import("@aws-sdk/client-sts"),
    handlers: {
      GetCallerIdentity: (_input, at) => ({
        Account: at.account,
        Arn: at.principalArn,
        UserId: userId(at.principalArn),
      }),
      AssumeRole: (input, at) => {
        const roleArn = input.RoleArn!;
        if (!mayAssume(roles, roleArn, at)) throw accessDenied(at, roleArn);
        const sessionArn = `arn:aws:sts::${at.account}:assumed-role/${roleArn.split("/").at(-1)}/${input.RoleSessionName}`;
        return {
          Credentials: grant(principals, at, {
            principalArn: sessionArn,
            seconds: duration(input.DurationSeconds, HOUR_S),
          }),
          AssumedRoleUser: { Arn: sessionArn, AssumedRoleId: userId(sessionArn) },
        };
      },
      GetSessionToken: (input, at) => ({
        Credentials: grant(principals, at, {
          principalArn: at.principalArn,
          seconds: duration(input.DurationSeconds, 12 * HOUR_S),
        }),
      }),
    },
  });
}

function mayAssume(roles: Roles, roleArn: string, at: RequestContext): boolean {
  return [at.principalArn, `arn:aws:iam::${at.account}:root`, at.account].some((principal) =>
    roles.trusts(roleArn, principal),
  );
}

function grant(principals: Principals, at: RequestContext, session: { principalArn: string; seconds: number }) {
  const expiresAt = at.now + session.seconds * 1000;
  const { accessKeyId, secretAccessKey, session: granted } = principals.grantSession(session.principalArn, expiresAt);
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: granted.token,
    Expiration: new Date(expiresAt),
  };
}

function duration(seconds: number | undefined, otherwise: number): number {
  if (seconds === undefined) return otherwise;
  if (seconds >= 900 && seconds <= 129_600) return seconds;
  throw new AwsError("ValidationError", "The requested DurationSeconds must be between 900 and 129600");
}

function accessDenied(at: RequestContext, roleArn: string): AwsError {
  const what = `User: ${at.principalArn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
  return new AwsError("AccessDenied", what, 403);
}

/** A stable id in the style of IAM's: users have AIDA…, sessions the role's AROA… and their name. */
function userId(principalArn: string): string {
  const [kind = "", name = "", session] = principalArn.split(":").slice(5).join(":").split("/");
  const stable = Buffer.from(name).toString("hex").toUpperCase().padEnd(17, "0").slice(0, 17);
  return kind === "assumed-role" ? `AROA${stable}:${session}` : `AIDA${stable}`;
}
