import { readFile, writeFile } from "node:fs/promises";
import { createRequire, Module } from "node:module";
import { dirname, resolve } from "node:path";
import { Writable } from "node:stream";
import { Script } from "node:vm";

/** What is compiled is what these have called. */
const USUAL = [["validate", "drills/ebs-snapshot-copy"], ["list"], ["plan", "drills/ebs-snapshot-copy"]];

/** Writes what V8 has compiled of a bundle of commands, for require-cached.ts. */
export async function cacheCode(file) {
  const filename = resolve(file);
  const script = new Script(Module.wrap(await readFile(filename, "utf8")), { filename });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(filename), module, filename, dirname(filename));
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const io = { stdout: nowhere, stderr: nowhere, stdin: process.stdin, env: {}, cwd: process.cwd() };
  for (const argv of USUAL) await module.exports.runFileCommand(argv, io);
  await writeFile(`${filename}.cache`, script.createCachedData());
}
