import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { EC2 } from "@aws-sdk/client-ec2";
import { SSM } from "@aws-sdk/client-ssm";
import { describe, expect, it, onTestFinished } from "vitest";
import { confinement } from "../../src/sandbox/hosts/confinement.ts";
import { gameday, start, throwAwayFolder, type Started } from "./binary.ts";

interface Running extends Started {
  readonly environment: Readonly<Record<string, string>>;
  readonly said: string;
}

/** `gameday sandbox`, and what one would source. */
async function sandbox(cwd: string, ...args: readonly string[]): Promise<Running> {
  return shown(start(["sandbox", "--port", "0", ...args], { cwd, env: { TMPDIR: cwd } }));
}

async function shown(started: Started): Promise<Running> {
  let said = "";
  started.child.stdout!.on("data", (chunk) => (said += String(chunk)));
  await started.shows("# What is there:");
  const exports = [...said.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]);
  return { ...started, said, environment: Object.fromEntries(exports) as Record<string, string> };
}

function clientOf({ environment }: Running) {
  return {
    region: "us-east-1",
    endpoint: environment["AWS_ENDPOINT_URL"]!,
    credentials: {
      accessKeyId: environment["AWS_ACCESS_KEY_ID"]!,
      secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"]!,
    },
  };
}

/** Sends a script to the instance that is there, and returns its id. */
async function send(to: Running, script: string): Promise<string> {
  const [ec2, ssm] = [new EC2(clientOf(to)), new SSM(clientOf(to))];
  const { Reservations = [] } = await ec2.describeInstances({});
  const id = Reservations[0]!.Instances![0]!.InstanceId!;
  const Parameters = { commands: [script] };
  await ssm.sendCommand({ DocumentName: "AWS-RunShellScript", InstanceIds: [id], Parameters });
  ec2.destroy();
  ssm.destroy();
  return id;
}

const foldersIn = async (cwd: string) => (await readdir(cwd)).filter((name) => name.startsWith("gameday-sandbox-"));

const unconfined = (await confinement()).kind === "none" ? " (there are no namespaces here)" : "";

describe("gameday sandbox", () => {
  it("says what runs where, and who may run it", async () => {
    const cwd = await throwAwayFolder();
    const { said, child, ended } = await sandbox(cwd);
    expect(said).toContain("WHO HAS THE SECRET BELOW CAN RUN PROGRAMS ON THIS MACHINE, AS YOU");
    const { kind } = await confinement();
    expect(said).toContain(kind === "namespaces" ? "and no other file, process or network" : "NOTHING KEEPS THEM");
    child.kill("SIGINT");
    expect((await ended).code).toBe(0);
    expect(await foldersIn(cwd)).toEqual([]);
  });

  it("names a port that is taken, and what to type", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as { port: number };
    for (const more of [[], ["--seed", "ebs-snapshot-copy"]]) {
      const { code, stderr } = await gameday(["sandbox", "--port", String(port), ...more], {
        cwd: await throwAwayFolder(),
      });
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: `gameday: port ${port} is taken by another program  [port-taken]\n  next: gameday sandbox --port 0 takes any free one\n`,
      });
    }
  });

  const nobody = process.getuid?.() === 0 ? "" : " (only root can be somebody else)";
  it.skipIf(nobody !== "")(`serves no other user of the machine${nobody}`, async () => {
    const running = await sandbox(await throwAwayFolder(), "--seed", "ebs-snapshot-copy");
    const { AWS_ENDPOINT_URL: url = "", AWS_ACCESS_KEY_ID: id = "", ...rest } = running.environment;
    const attack = [
      [
        "curl",
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code} ",
        "--aws-sigv4",
        "aws:amz:us-east-1:ssm",
        "--user",
        `${id}:sandbox`,
      ],
      ["-H", "X-Amz-Target: AmazonSSM.DescribeInstanceInformation", "-d", "{}", url],
    ].flat();
    const asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    const status = async (args: readonly string[]) => {
      const child = spawn("setpriv", [...asNobody, ...args], { stdio: ["ignore", "pipe", "ignore"] });
      let out = "";
      child.stdout.on("data", (chunk) => (out += String(chunk)));
      const [code] = (await once(child, "close")) as [number];
      return { code, out };
    };
    expect(await status(attack)).toEqual({ code: 0, out: "400 " });
    for (const name of ["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "GAMEDAY_SANDBOX_CURL"])
      expect(await status(["cat", rest[name]!]), name).toEqual({ code: 1, out: "" });
  });

  it.skipIf(unconfined !== "")(`gives a script no file or folder that a shell has left open${unconfined}`, async () => {
    const cwd = await throwAwayFolder();
    const folder = await open("/");
    onTestFinished(() => folder.close());
    const place = { cwd, env: { TMPDIR: cwd }, leaked: folder.fd };
    const leaky = await shown(start(["sandbox", "--seed", "ebs-snapshot-copy"], place));
    const hosts = join(dirname(leaky.environment["AWS_CONFIG_FILE"]!), "..", "hosts");
    const id = await send(leaky, 'ls -A /proc/self/fd/200/ > "$INSTANCE_ROOT/seen" 2>&1; echo > "$INSTANCE_ROOT/done"');
    await expect.poll(() => readFile(join(hosts, id, "done"), "utf8").catch(() => "")).not.toBe("");
    expect(await readFile(join(hosts, id, "seen"), "utf8")).toMatch(/Not a directory|No such file/);
    leaky.child.kill("SIGINT");
    await leaky.ended;
  });

  it.skipIf(unconfined !== "")(
    `leaves no process when it is killed, and the next one takes its folder away${unconfined}`,
    async () => {
      const cwd = await throwAwayFolder();
      const killed = await sandbox(cwd, "--seed", "ebs-snapshot-copy", "--speed", "1000");
      const id = await send(
        killed,
        'setsid sleep 86399 > /dev/null 2>&1 & grep NSpid "/proc/$!/status" > "$INSTANCE_ROOT/pid"; kill -STOP $$',
      );
      const beat = join(dirname(killed.environment["AWS_CONFIG_FILE"]!), "..", "hosts", id, "pid");
      await expect.poll(() => readFile(beat, "utf8").catch(() => "")).not.toBe("");
      const sleepers = async () => {
        const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
        const roots = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/mountinfo`, "utf8").catch(() => "")));
        return pids.filter((_, index) => roots[index]?.includes(cwd));
      };
      expect((await sleepers()).length).toBeGreaterThan(1);
      // As a script can that traces them: none of them hears of its input's end any more.
      for (const pid of await sleepers()) process.kill(Number(pid), "SIGSTOP");
      killed.child.kill("SIGKILL");
      await killed.ended;
      await expect.poll(sleepers).toEqual([]);
      expect(await foldersIn(cwd)).toHaveLength(1);
      await mkdir(join(cwd, "gameday-sandbox-of-nobody"));
      const next = await sandbox(cwd);
      const left = await foldersIn(cwd);
      expect(left).toHaveLength(2);
      expect(left).toContain("gameday-sandbox-of-nobody");
      expect(next.environment["AWS_CONFIG_FILE"]).toContain(left.find((name) => !name.endsWith("nobody"))!);
      next.child.kill("SIGINT");
      await next.ended;
      expect(await foldersIn(cwd)).toEqual(["gameday-sandbox-of-nobody"]);
    },
  );
});
