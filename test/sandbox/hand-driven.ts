import { EBS } from "@aws-sdk/client-ebs";
import { EC2 } from "@aws-sdk/client-ec2";
import { IAM } from "@aws-sdk/client-iam";
import { KMS } from "@aws-sdk/client-kms";
import { SSM } from "@aws-sdk/client-ssm";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSandbox, type Sandbox, type SandboxOptions } from "../../src/sandbox/sandbox.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** A sandbox whose clock moves only as the test says, and real SDK clients for it. */
export interface HandDriven {
  readonly sandbox: Sandbox;
  readonly clock: VirtualClock;
  /** Lets this much time pass and everything happen that is due by then. */
  pass(ms: number): Promise<void>;
  ec2(region: string): EC2;
  ebs(region: string): EBS;
  ssm(region: string): SSM;
  kms(region: string): KMS;
  iam(): IAM;
  /** States that the sandbox's log has of a resource, oldest first. */
  history(what: string, id: string): string[];
  close(): Promise<void>;
}

export async function handDriven(options: Partial<SandboxOptions> = {}): Promise<HandDriven> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-sandbox-"));
  const clock = new VirtualClock({ speed: 0, jumps: false, startAt: Date.parse("2026-11-20T09:00:00Z") });
  const sandbox = await startSandbox({ clock, folder, ...options });
  const clients: { destroy(): void }[] = [];
  const keep = <C extends { destroy(): void }>(client: C): C => {
    clients.push(client);
    return client;
  };
  const settings = (region: string) => ({
    region,
    endpoint: sandbox.endpoint,
    maxAttempts: 1,
    credentials: sandbox.credentials,
  });
  return {
    sandbox,
    clock,
    async pass(ms) {
      clock.advance(ms);
      await sandbox.world.catchUp();
    },
    ec2: (region) => keep(new EC2(settings(region))),
    ebs: (region) => keep(new EBS(settings(region))),
    ssm: (region) => keep(new SSM(settings(region))),
    kms: (region) => keep(new KMS(settings(region))),
    iam: () => keep(new IAM(settings("us-east-1"))),
    history: (what, id) =>
      sandbox.world.log.filter((entry) => entry.what === what && entry.id === id).map(({ state }) => state),
    async close() {
      for (const client of clients) client.destroy();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The code and message of the error that a call ends with. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "no error",
    (error: Error) => `${error.name}: ${error.message}`,
  );
}
