import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { readRegularText } from "../engine/regular-file.ts";

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
  try {
    return (await stat(join(folder, ERRORED_FILE))).size > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
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

/** A managed resource of a state. */
export interface StateResource {
  /** Terraform's, for example `aws_ebs_volume`. */
  readonly type: string;
  readonly id: string;
  /** Empty for what has none. */
  readonly arn: string;
  /** All of them, as the provider has them. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

const heldResources = z.object({
  resources: z.array(
    z.object({
      mode: z.string(),
      type: z.string(),
      instances: z
        .array(
          z.object({ attributes: z.looseObject({ id: z.string().nullish(), arn: z.string().nullish() }).nullish() }),
        )
        .default([]),
    }),
  ),
});

/** What the states of a working copy list, the one that Terraform could not write to its place included. */
export async function resourcesIn(folder: string): Promise<readonly StateResource[]> {
  const texts = await Promise.all([STATE_FILE, ERRORED_FILE].map((name) => readIfThere(join(folder, name))));
  return texts.flatMap((text) => {
    const { resources = [] } = heldResources.safeParse(parsed(text)).data ?? {};
    return resources.flatMap(({ mode, type, instances }) =>
      mode !== "managed"
        ? []
        : instances.flatMap(({ attributes }) =>
            attributes?.id ? [{ type, id: attributes.id, arn: attributes.arn ?? "", attributes }] : [],
          ),
    );
  });
}

export function removeState(folder: string): Promise<void> {
  return rm(join(folder, STATE_FILE), { force: true });
}

async function readStateFile(path: string): Promise<StackState> {
  const text = await readIfThere(path);
  if (text === undefined) return { is: "absent" };
  return text.trim() === "" ? { is: "empty" } : interpret(text);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readRegularText(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Undefined for what is no JSON. */
function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

function interpret(text: string): StackState {
  const state = stateFile.safeParse(parsed(text));
  if (!state.success) return { is: "unreadable" };
  const managed = state.data.resources.filter((resource) => resource.mode === "managed");
  return {
    is: "readable",
    resources: managed.reduce((count, resource) => count + resource.instances.length, 0),
    serial: state.data.serial,
  };
}
