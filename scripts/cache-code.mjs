import { readFile, writeFile } from "node:fs/promises";
import { createRequire, Module } from "node:module";
import { dirname, join, resolve } from "node:path";
import { Writable } from "node:stream";
import { Script } from "node:vm";

const DRILL = "drills/ebs-snapshot-copy";

/** What is compiled is what these have called. */
const USUAL = [
  {
    file: "file-command-line.cjs",
    run: "runFileCommandLine",
    commands: [["validate", DRILL], ["list"], ["plan", DRILL]],
  },
  { file: "file-commands.cjs", run: "runFileCommand", commands: [["validate", DRILL]] },
];

/** Writes what V8 has compiled of the file commands, for require-cached.ts; the files it has written. */
export async function cacheFileCommands(folder) {
  const written = [];
  for (const { file, run, commands } of USUAL) {
    const path = join(folder, file);
    const { script, exports } = await load(resolve(path));
    for (const argv of commands) await exports[run](argv, ANYWHERE);
    await writeFile(`${path}.cache`, script.createCachedData());
    written.push(`${path}.cache`);
  }
  return written;
}

async function load(filename) {
  const script = new Script(Module.wrap(await readFile(filename, "latin1")), { filename });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(filename), module, filename, dirname(filename));
  return { script, exports: module.exports };
}

const NOWHERE = new Writable({ write: (_chunk, _encoding, done) => done() });
const ANYWHERE = { stdout: NOWHERE, stderr: NOWHERE, stdin: process.stdin, env: {}, cwd: process.cwd() };
