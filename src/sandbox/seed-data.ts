import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "./hosts/host.ts";

const MOUNT_POINT = "data";
const ATTACHMENTS = 12;
const ATTACHMENT_BYTES = 256 * 1024;
const DAYS = 20;
const ORDERS_A_DAY = 400;
const SEED_MS = 600_000;

/** Makes a file system on a volume of the host, mounts it at `/data` and fills it with what an application would leave there. */
export async function writeSeedData(host: Host, volumeId: string): Promise<void> {
  const device = `"$INSTANCE_ROOT/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volumeId.replace("-", "")}"`;
  const directory = `"$INSTANCE_ROOT/${MOUNT_POINT}"`;
  await onHost(host, `set -e\nmkfs.ext4 ${device}\nmkdir -p ${directory}\nmount ${device} ${directory}\n`);
  for (const [path, content] of seedFiles()) {
    const file = join(host.root, MOUNT_POINT, path);
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, content);
  }
  await onHost(host, "sync\n");
}

async function onHost(host: Host, script: string): Promise<void> {
  const { exitCode, ended, stderr } = await host.run({ script, timeoutMs: SEED_MS, realMs: SEED_MS });
  if (exitCode === 0) return;
  const why =
    ended === "by-itself" ? stderr.trim() || `exit code ${exitCode}` : `its script ${ended} after ${SEED_MS / 1_000} s`;
  throw new Error(`the sandbox could not write its data volume: ${why}`);
}

/** The same files every time: orders as text, attachments as bytes that do not compress. */
function* seedFiles(): Generator<readonly [path: string, content: string | Buffer]> {
  yield ["app/config.json", `${JSON.stringify({ service: "orders", currency: "USD", retentionDays: 400 }, null, 2)}\n`];
  for (let day = 1; day <= DAYS; day++) yield [`orders/2026-10-${String(day).padStart(2, "0")}.csv`, orders(day)];
  for (let n = 1; n <= ATTACHMENTS; n++)
    yield [`attachments/${String(n).padStart(4, "0")}.bin`, noise(`attachment ${n}`)];
}

function orders(day: number): string {
  const lines = Array.from({ length: ORDERS_A_DAY }, (_, index) => {
    const number = day * ORDERS_A_DAY + index;
    return `${number},customer-${(number * 7_919) % 5_000},${((number * 104_729) % 100_000) / 100}`;
  });
  return `order,customer,amount\n${lines.join("\n")}\n`;
}

function noise(topic: string): Buffer {
  const seed = createHash("sha256").update(topic).digest();
  const bytes = Buffer.alloc(ATTACHMENT_BYTES);
  let state = seed.readUInt32LE(0) || 1;
  for (let at = 0; at < bytes.length; at += 4) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes.writeInt32LE(state | 0, at);
  }
  return bytes;
}
