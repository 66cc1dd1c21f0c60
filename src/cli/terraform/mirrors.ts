import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** A folder with providers in one of the layouts Terraform knows (docs: provider installation, filesystem mirror). */
export interface Mirror {
  readonly path: string;
  /** Source addresses it has, for example `registry.terraform.io/hashicorp/aws`. */
  readonly providers: readonly string[];
  /** Of the AWS provider, for this platform. */
  readonly aws: readonly MirroredVersion[];
}

export interface MirroredVersion {
  readonly version: string;
  /** Packed ones are unpacked into every working copy, unless there is a plugin cache. */
  readonly packed: boolean;
}

export interface MirrorQuery {
  /** `registry.terraform.io`, or OpenTofu's. */
  readonly host: string;
  /** `linux_amd64`. */
  readonly platform: string;
}

/** Folders with `<host>/hashicorp/aws` in them, in the order asked. */
export async function findMirrors(paths: readonly string[], query: MirrorQuery): Promise<readonly Mirror[]> {
  const looked = await Promise.all([...new Set(paths)].map((path) => lookForMirror(path, query)));
  return looked.filter((mirror) => mirror !== undefined);
}

/** The folders directly below software prefixes such as `/opt`. */
export async function foldersBelow(prefixes: readonly string[]): Promise<readonly string[]> {
  const lists = await Promise.all(
    prefixes.map(async (prefix) => (await names(prefix)).map((name) => join(prefix, name))),
  );
  return lists.flat();
}

async function lookForMirror(path: string, query: MirrorQuery): Promise<Mirror | undefined> {
  const aws = await awsVersions(join(path, query.host, "hashicorp", "aws"), query.platform);
  return aws.length === 0 ? undefined : { path, providers: await providersOf(path, query.host), aws };
}

async function awsVersions(folder: string, platform: string): Promise<readonly MirroredVersion[]> {
  const entries = await names(folder);
  const found = await Promise.all(entries.map((name) => versionOf(folder, name, platform)));
  return found.filter((each) => each !== undefined).sort((a, b) => -compareVersions(a.version, b.version));
}

const PACKED = /^terraform-provider-aws_(\d+\.\d+\.\d+)_(\w+_\w+)\.zip$/;
const VERSION = /^\d+\.\d+\.\d+$/;

async function versionOf(folder: string, name: string, platform: string): Promise<MirroredVersion | undefined> {
  const packed = PACKED.exec(name);
  if (packed) return packed[2] === platform ? { version: packed[1]!, packed: true } : undefined;
  if (!VERSION.test(name)) return undefined;
  const programs = await names(join(folder, name, platform));
  const there = programs.some((program) => program.startsWith("terraform-provider-aws"));
  return there ? { version: name, packed: false } : undefined;
}

async function providersOf(path: string, host: string): Promise<readonly string[]> {
  const namespaces = await names(join(path, host));
  const lists = await Promise.all(
    namespaces.map(async (namespace) =>
      (await names(join(path, host, namespace))).map((type) => `${host}/${namespace}/${type}`),
    ),
  );
  return lists.flat().sort();
}

/** Entries of a folder, sorted; none when it is not there or cannot be read. */
async function names(folder: string): Promise<readonly string[]> {
  try {
    return (await stat(folder)).isDirectory() ? (await readdir(folder)).sort() : [];
  } catch {
    return [];
  }
}

/** Negative when `a` is the older one. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  const difference = left.map((part, index) => part - (right[index] ?? 0)).find((each) => each !== 0);
  return difference ?? 0;
}
