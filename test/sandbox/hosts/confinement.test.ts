import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { confinement } from "../../../src/sandbox/hosts/confinement.ts";
import { Host } from "../../../src/sandbox/hosts/host.ts";
import { systemClock } from "../../../src/time/system-clock.ts";

const found = await confinement();
const lacking = found.kind === "none" ? ` (not here: ${found.because})` : "";

let folder: string;
let host: Host;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gameday-confined-"));
  host = await Host.create(join(folder, "host"), systemClock);
});
afterEach(async () => {
  await host.powerOff();
  await rm(folder, { recursive: true });
});

const run = (script: string) => host.run({ script, timeoutMs: 900_000 });
const codeOf = async (script: string) => (await run(script)).exitCode;

/** A number of seconds by which a `sleep` can be told from everybody else's. */
const unique = () => `86400.${randomBytes(4).readUInt32BE()}`;

async function processesWith(argument: string): Promise<readonly string[]> {
  const numbers = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(numbers.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return lines.filter((line) => line.includes(argument));
}

describe.skipIf(lacking !== "")(`a script of a host${lacking}`, () => {
  it.each(["/etc/shadow", "/root", "/home", "/var/lib", "/sys", "/proc/1/root/etc/shadow", "/machine"])(
    "does not see %s",
    async (path) => {
      expect(await codeOf(`ls -d ${path}`)).not.toBe(0);
    },
  );

  it("sees nothing of the folder that its own tree is in", async () => {
    await writeFile(join(folder, "other"), "other instance");
    expect(await codeOf(`cat "$INSTANCE_ROOT/../other"`)).not.toBe(0);
    expect((await run(`ls -A "$INSTANCE_ROOT/.."`)).stdout).toBe("host\nhost.scripts\n");
  });

  it("cannot write outside: not by a path, not by a link, not into the system", async () => {
    await run(`echo x > "$INSTANCE_ROOT/../outside"; ln -s "$INSTANCE_ROOT/../.." "$INSTANCE_ROOT/up"
      echo x > "$INSTANCE_ROOT/up/outside"; echo x > "$INSTANCE_ROOT/../host.scripts/99.sh"`);
    expect((await readdir(folder)).sort()).toEqual(["host", "host.scripts", "host.view"]);
    expect(await readdir(join(folder, "host.scripts"))).toEqual(["1.sh"]);
    expect(await codeOf("touch /usr/gameday-was-here")).not.toBe(0);
    expect(existsSync("/usr/gameday-was-here")).toBe(false);
  });

  it("cannot make gameday follow a link out of the tree", async () => {
    const [disk, precious] = [join(folder, "disk"), join(folder, "precious")];
    await Promise.all([disk, precious].map((path) => writeFile(path, "data")));
    await host.plug("vol-0a", disk);
    await run(`cd "$INSTANCE_ROOT/dev/disk/by-id"; ln -sfn ../../../../precious nvme-Amazon_Elastic_Block_Store_vol0a
      mv "$INSTANCE_ROOT/dev" "$INSTANCE_ROOT/away"; ln -s .. "$INSTANCE_ROOT/dev"; rm -rf "$INSTANCE_ROOT/run"`);
    await host.unplug("vol-0a");
    await host.plug("vol-0b", disk);
    expect(await readFile(precious, "utf8")).toBe("data");
    expect(await readdir(join(host.root, "dev"))).toEqual(["disk", "nvme0n1"]);
    expect(await codeOf("true")).toBe(0);
  });

  it("cannot take away what confines it", async () => {
    for (const undo of ["/bin/umount", "unshare --user --map-root-user --mount /bin/umount"])
      expect(await codeOf(`${undo} "$INSTANCE_ROOT/dev"`), undo).not.toBe(0);
    expect(await codeOf("mount -o remount,bind,rw /usr && touch /usr/gameday-was-here")).not.toBe(0);
    expect(existsSync("/usr/gameday-was-here")).toBe(false);
  });

  it("cannot open files of the machine's kernel for writing, whoever runs gameday", async () => {
    const paths = [
      "/proc/sys/kernel/core_pattern",
      "/proc/sys/vm/panic_on_oom",
      "/proc/sysrq-trigger",
      "/proc/self/oom_score_adj",
    ];
    const { stdout } = await run(
      `for path in ${paths.join(" ")}; do ( : >> "$path" ) 2> /dev/null && echo "$path"; done`,
    );
    expect(stdout).toBe("");
  });

  it("cannot change the modes of the machine's devices, and uses them", async () => {
    const { mode } = await stat("/dev/null");
    expect(await codeOf("chmod 0666 /dev/null")).not.toBe(0);
    expect(await run("echo x > /dev/null; head -c 4 /dev/zero | wc -c")).toMatchObject({ exitCode: 0, stdout: "4\n" });
    expect((await stat("/dev/null")).mode).toBe(mode);
  });

  it("has every mount but its own tree read-only, and makes no namespace in which that could be undone", async () => {
    const { stdout } = await run("cat /proc/self/mountinfo");
    const mounts = stdout.split("\n").flatMap((line) => {
      const [, , , , at, options] = line.split(" ");
      return at === undefined || options === undefined ? [] : [{ at, options }];
    });
    const writable = mounts.filter(({ options }) => !options.split(",").includes("ro")).map(({ at }) => at);
    expect(writable.filter((at) => at !== "/" && !`${at}/`.startsWith(`${host.root}/`))).toEqual([]);
    expect(mounts.map(({ at }) => at)).toEqual(expect.arrayContaining(["/usr", "/proc", "/dev/null"]));
    for (const more of ["--user", "--user --keep-caps --mount", "--user --map-root-user"])
      expect(await codeOf(`unshare ${more} true`), more).not.toBe(0);
  });

  it("cannot put programs under the hands of gameday", async () => {
    const planted = `#!/bin/sh\necho out > "${join(folder, "planted")}"\n`;
    await run(`for name in nsenter setpriv setsid unshare sh mount; do
      printf '%s' '${planted}' > "$INSTANCE_ROOT/bin/$name"; chmod 755 "$INSTANCE_ROOT/bin/$name"; done`);
    expect(await codeOf("exit 3")).toBe(3);
    expect(existsSync(join(folder, "planted"))).toBe(false);
  });

  it("neither sees nor kills processes outside", async () => {
    const outside = spawn("sleep", [unique()]);
    onTestFinished(() => void outside.kill());
    await once(outside, "spawn");
    expect(await codeOf(`kill -9 ${outside.pid}`)).not.toBe(0);
    expect((await run("ls /proc")).stdout.split("\n")).not.toContain(String(process.pid));
    expect(outside.exitCode ?? outside.signalCode).toBeNull();
  });

  it("reaches nobody over the network: not even the sandbox that runs it", async () => {
    let heard = 0;
    const server = createServer((_request, response) => response.end(String(++heard)));
    await once(server.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect(await codeOf(`bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}'`)).not.toBe(0);
    expect(heard).toBe(0);
  });

  it("ends with its instance, however it hid", async () => {
    const seconds = unique();
    await run(`setsid sleep ${seconds} > /dev/null 2>&1 & (setsid sleep ${seconds} > /dev/null 2>&1 &)
      until [ "$(pgrep -fc '^sleep ${seconds}')" = 2 ]; do :; done`);
    expect(await processesWith(seconds)).toHaveLength(2);
    await host.powerOff();
    expect(await processesWith(seconds)).toEqual([]);
  });

  it("is over when its time is, though another holds on to its output", async () => {
    const hidden = `setsid sleep ${unique()} & exec sleep 600`;
    expect(await host.run({ script: hidden, timeoutMs: 50 })).toMatchObject({ ended: "timed-out" });
  });

  it("finds what an earlier one has left: files and processes", async () => {
    await run(
      `echo kept > "$INSTANCE_ROOT/mnt/file"; setsid sleep ${unique()} > /dev/null 2>&1 & echo $! > "$INSTANCE_ROOT/pid"`,
    );
    expect(await run(`cat "$INSTANCE_ROOT/mnt/file"; kill -0 "$(cat "$INSTANCE_ROOT/pid")"`)).toMatchObject({
      exitCode: 0,
      stdout: "kept\n",
    });
    expect(await readFile(join(host.root, "mnt/file"), "utf8")).toBe("kept\n");
  });
});
