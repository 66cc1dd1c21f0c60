import { readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";

export const STATE_FILE = "terraform.tfstate";
/** Where Terraform leaves the state when it cannot write the real one. */
export const ERRORED_FILE = "errored.tfstate";

const stateFile = z.object({
  version: z.literal(4),
  serial: z.number().default(0),
  resources: z.array(z.object({ mode: z.string(), instances: z.array(z.unknown()).default([]) })).default([]),
});

/**
 * What the state file of a working copy says. `empty`: a file without a byte, which a killed Terraform can leave behind;
 * `unreadable`: no state of version 4.
 */
export type StackState =
  | { readonly is: "absent" }
  | { readonly is: "empty" }
  | { readonly is: "unreadable" }
  | { readonly is: "readable"; readonly resources: number; readonly serial: number };

export function readState(folder: string): Promise<StackState> {
  return readStateFile(join(folder, STATE_FILE));
}

/** Whether Terraform has left a state that it could not write to its place. */
export async function hasErroredState(folder: string): Promise<boolean> {
  const found = await stat(join(folder, ERRORED_FILE)).catch(() => undefined);
  return found !== undefined && found.size > 0;
}

/**
 * Puts `errored.tfstate` in its place when it is the newer one: what `terraform state push` does, without its lock.
 * True when it did.
 */
export async function adoptErroredState(folder: string): Promise<boolean> {
  const [errored, current] = await Promise.all([readStateFile(join(folder, ERRORED_FILE)), readState(folder)]);
  if (errored.is !== "readable") return false;
  if (current.is === "readable" && current.serial >= errored.serial) return false;
  await rename(join(folder, ERRORED_FILE), join(folder, STATE_FILE));
  return true;
}

export function removeState(folder: string): Promise<void> {
  return rm(join(folder, STATE_FILE), { force: true });
}

async function readStateFile(path: string): Promise<StackState> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { is: "absent" };
    throw error;
  }
  return text.trim() === "" ? { is: "empty" } : interpret(text);
}

function interpret(text: string): StackState {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { is: "unreadable" };
  }
  const parsed = stateFile.safeParse(data);
  if (!parsed.success) return { is: "unreadable" };
  const managed = parsed.data.resources.filter((resource) => resource.mode === "managed");
  return {
    is: "readable",
    resources: managed.reduce((count, resource) => count + resource.instances.length, 0),
    serial: parsed.data.serial,
  };
}
