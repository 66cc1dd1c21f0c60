import { readFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";

type Wrapped = (exports: unknown, require: NodeJS.Require, module: unknown, filename: string, dirname: string) => void;

/**
 * Loads a CommonJS file of the build with the code that V8 has compiled for it then, if it was this V8: compiling takes longer
 * than all the rest of a start. Node itself can do that from version 22 on only. The file is ASCII, which is read the
 * fastest as Latin-1.
 */
export function requireCached(name: string): unknown {
  const folder = import.meta.dirname;
  const filename = join(folder, name);
  const cachedData = read(`${filename}.cache`);
  const script = new Script(Module.wrap(readFileSync(filename, "latin1")), {
    filename,
    ...(cachedData && { cachedData }),
  });
  const module: { exports: unknown } = { exports: {} };
  (script.runInThisContext() as Wrapped)(module.exports, createRequire(filename), module, filename, folder);
  return module.exports;
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
