import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import * as z from "zod";
import { BoundedOutput } from "../../processes/bounded-output.ts";
import { runChild } from "../../processes/child-process.ts";
import { systemClock } from "../../time/system-clock.ts";

export interface TerraformProgram {
  /** Absolute. */
  readonly path: string;
  readonly product: "terraform" | "opentofu";
  readonly version: string;
  /** `linux_amd64`. */
  readonly platform: string;
}

export interface ProgramQuery {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The environment it is asked in. */
  readonly environment: Readonly<Record<string, string>>;
}

const NAMES = ["terraform", "tofu"];
const ANSWER_WITHIN_MS = 15_000;
const LONGEST_ANSWER_BYTES = 64 * 1024;

const versionAnswer = z.object({ terraform_version: z.string(), platform: z.string() });

/** The program named by `GAMEDAY_TERRAFORM`, else `terraform`, else `tofu` on the PATH. A string says why there is none. */
export async function findProgram(query: ProgramQuery): Promise<TerraformProgram | string> {
  const named = query.env["GAMEDAY_TERRAFORM"];
  const path = named ? await locate(named, query) : await firstOf(NAMES, query);
  if (path === undefined)
    return named ? `GAMEDAY_TERRAFORM names ${named}, which is not there` : "neither terraform nor tofu is on the PATH";
  return askVersion(path, query);
}

async function firstOf(candidates: readonly string[], query: ProgramQuery): Promise<string | undefined> {
  for (const name of candidates) {
    const path = await locate(name, query);
    if (path !== undefined) return path;
  }
  return undefined;
}

async function locate(name: string, { env, cwd }: ProgramQuery): Promise<string | undefined> {
  if (isAbsolute(name) || name.includes("/"))
    return (await isProgram(resolve(cwd, name))) ? resolve(cwd, name) : undefined;
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    if (folder !== "" && (await isProgram(resolve(cwd, folder, name)))) return join(resolve(cwd, folder), name);
  }
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function askVersion(path: string, query: ProgramQuery): Promise<TerraformProgram | string> {
  const answer = new BoundedOutput(LONGEST_ANSWER_BYTES);
  const limit = new AbortController();
  const over = new AbortController();
  const timer = systemClock.sleep(ANSWER_WITHIN_MS, over.signal).then(
    () => limit.abort(),
    () => undefined,
  );
  const end = await runChild({
    file: path,
    args: ["version", "-json"],
    cwd: query.cwd,
    environment: query.environment,
    clock: systemClock,
    signal: limit.signal,
    stop: { kind: "end-group", graceMs: 500 },
    stdout: answer.add,
    stderr: () => undefined,
  });
  over.abort();
  await timer;
  if (limit.signal.aborted)
    return `${path} is there, but took longer than ${ANSWER_WITHIN_MS / 1000} s to answer version -json: the machine is busy, or it hangs`;
  const known = end.exitCode === 0 ? understand(path, answer.text()) : undefined;
  return known ?? `${path} does not answer terraform version -json`;
}

function understand(path: string, text: string): TerraformProgram | undefined {
  try {
    const { terraform_version: version, platform } = versionAnswer.parse(JSON.parse(text));
    return { path, product: /tofu[^/\\]*$/.test(path) ? "opentofu" : "terraform", version, platform };
  } catch {
    return undefined;
  }
}
