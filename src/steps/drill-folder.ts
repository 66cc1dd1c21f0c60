import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, posix, sep } from "node:path";
import * as z from "zod";
import { Failure } from "../engine/failure.ts";

/** A path inside the drill's folder as a drill file names it: relative, with forward slashes, never upwards. */
export const drillPath = z
  .string()
  .min(1)
  .max(1024)
  .refine(isInside, { message: "must be a relative path inside the drill's folder, without .." });

function isInside(path: string): boolean {
  return !path.includes("\0") && !path.includes("\\") && !isAbsolute(path) && !path.split("/").includes("..");
}

/** Which values are paths inside the drill's folder, and no expressions; each from there. */
export function plainPaths(values: readonly unknown[], directory = "."): readonly string[] {
  return values.flatMap((value) => {
    if (typeof value !== "string" || value.includes("${{") || directory.includes("${{")) return [];
    const path = posix.join(directory, value);
    return value !== "" && isInside(value) && isInside(path) ? [path] : [];
  });
}

/** The real path of a directory inside the drill's folder. @throws Failure when it leads out of it, also by a link. */
export async function directoryInDrill(drillFolder: string, path: string): Promise<string> {
  const root = await realpath(drillFolder);
  if (!isInside(path)) throw refused(`${JSON.stringify(path)} leads out of the drill's folder`);
  const real = await realpath(join(root, path)).catch(() => undefined);
  const info = real === undefined ? undefined : await stat(real);
  if (real === undefined || !info?.isDirectory()) throw refused(`there is no directory ${path} in ${root}`);
  if (real !== root && !real.startsWith(root + sep))
    throw refused(`${path} links out of the drill's folder, to ${real}`);
  return real;
}

function refused(message: string): Failure {
  return new Failure({
    code: "drill-directory",
    message,
    fixer: "drill author",
    next: "name a directory inside the folder of the drill file",
  });
}
