import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from "node:fs";

const SECTOR = 512;
const MIB = 2 ** 20;

export interface Partition {
  /** MBR partition type: 0x83 Linux, 0xef EFI, 0x8e LVM. */
  readonly type: number;
  readonly mebibytes: number;
}

/** Makes an image with an MBR whose partitions follow each other from 1 MiB on, for no program that does is everywhere. */
export function makePartitioned(path: string, partitions: readonly Partition[]): void {
  const whole = 1 + partitions.reduce((sum, { mebibytes }) => sum + mebibytes, 0);
  writeFileSync(path, "");
  truncateSync(path, whole * MIB);
  const table = Buffer.alloc(SECTOR);
  table.writeUInt16LE(0xaa55, SECTOR - 2);
  let start = 1;
  for (const [index, { type, mebibytes }] of partitions.entries()) {
    const entry = 446 + 16 * index;
    table.writeUInt8(type, entry + 4);
    table.writeUInt32LE((start * MIB) / SECTOR, entry + 8);
    table.writeUInt32LE((mebibytes * MIB) / SECTOR, entry + 12);
    start += mebibytes;
  }
  const file = openSync(path, "r+");
  writeSync(file, table, 0, SECTOR, 0);
  closeSync(file);
}
