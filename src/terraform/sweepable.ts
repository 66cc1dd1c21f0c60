import { join } from "node:path";
import { readState } from "./state.ts";
import { creationsIn } from "./tool.ts";
import { exists } from "./working-copy.ts";
import { readRegularText } from "../engine/regular-file.ts";

/** What a sweep finds by the run's tag and destroys, and what is nothing outside of the state. */
const SWEEPABLE: ReadonlySet<string> = new Set([
  "aws_dlm_lifecycle_policy",
  "aws_ebs_snapshot",
  "aws_ebs_snapshot_copy",
  "aws_ebs_volume",
  "aws_iam_role",
  "aws_instance",
  "aws_kms_key",
  "null_resource",
  "terraform_data",
  "time_sleep",
]);
/** The first provider version that takes default tags from the environment (provider changelog, 5.62.0). */
const TAGS_SINCE = [5, 62] as const;

/**
 * Whether all that the applies of a working copy can have made without the state telling carries the run's tag and is of a type that
 * a sweep finds. What the state does list is Terraform's to destroy, and must be none.
 */
export async function allSweepable(folder: string): Promise<boolean> {
  if (!(await exists(folder)) || !(await putsRunTags(folder))) return false;
  const state = await readState(folder);
  const { begun, untracked } = await creationsIn(folder);
  if (state.is === "readable") return state.resources === 0 && untracked.every(isSweepable);
  return begun.every(isSweepable);
}

function isSweepable(address: string): boolean {
  return SWEEPABLE.has(typeIn(address));
}

/** `module.m["a.b"].aws_ebs_volume.data[0]` is an `aws_ebs_volume`. */
export function typeIn(address: string): string {
  const plain = address.replace(/\["(?:[^"\\]|\\.)*"\]/g, "").replace(/\[\d+\]/g, "");
  return plain.replace(/^(?:module\.[^.]+\.)+/, "").split(".")[0] ?? "";
}

async function putsRunTags(folder: string): Promise<boolean> {
  const lock = await readRegularText(join(folder, ".terraform.lock.hcl")).catch(() => "");
  const version = /provider "[^"]*\/hashicorp\/aws" \{[^}]*?version\s*=\s*"(\d+)\.(\d+)\./.exec(lock);
  if (!version) return false;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major > TAGS_SINCE[0] || (major === TAGS_SINCE[0] && minor >= TAGS_SINCE[1]);
}
