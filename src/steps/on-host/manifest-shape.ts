import * as z from "zod";
import { BLOCK_ALGORITHM } from "../../checksums/block-manifest.ts";
import { sha256Shape } from "../aws-shapes.ts";
import { contentsShape } from "./device-contents.ts";

const pathShape = z
  .string()
  .min(1)
  .max(1024)
  .refine(isInside, "must be a relative path inside the file system, without .. and control characters");

function isInside(path: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return !path.startsWith("/") && !path.split("/").includes("..") && !/[\u0000-\u001f\u007f]/.test(path);
}

export const manifestPathsShape = z.array(pathShape).min(1).max(100);

/** What a manifest of files or of blocks is known by. The lines themselves are in the run's folder. */
export const manifestShape = z.object({
  algorithm: z
    .enum(["sha256", BLOCK_ALGORITHM])
    .describe("sha256: of files, or of a device's bytes as one; sha256-blocks: of a device's blocks of 512 KiB"),
  root: sha256Shape.describe(
    "SHA-256 of the manifest's lines: one `<sha256>  <path>` for each file, sorted by bytes, or one for each block that is not all zeros",
  ),
  files: z.number().int().nonnegative().optional().describe("How many files the manifest has"),
  blocks: z.number().int().nonnegative().optional().describe("How many blocks are not all zeros"),
  bytes: z.number().nonnegative().optional().describe("How many bytes are in those files, or on the device"),
  paths: manifestPathsShape.optional().describe("What of the file system the manifest covers; all of it when absent"),
  ...contentsShape,
  lines: z
    .string()
    .max(200)
    .optional()
    .describe("Where the lines are in the run's folder, so that differing files or blocks can be named"),
});
export type Manifest = z.output<typeof manifestShape>;

/** Paths as the host's scripts take them: `.` or `./…`, one to a line. */
export function pathLines(paths: readonly string[] | undefined): string {
  return (paths ?? ["."]).map((path) => normalised(path)).join("\n");
}

function normalised(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length === 0 ? "." : `./${parts.join("/")}`;
}
