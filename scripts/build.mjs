import { build } from "esbuild";
import { chmod, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFileCommands } from "./cache-code.mjs";
import { thirdPartyNotices } from "./third-party-notices.mjs";

const DIST = "dist";

const COMMON = {
  outdir: DIST,
  bundle: true,
  platform: "node",
  // The ES modules of the AWS packages: only they can be split and shaken.
  mainFields: ["module", "main"],
  target: "node20.19",
  sourcemap: "linked",
  sourcesContent: false,
  // The notices of what is bundled stand together in a file of their own.
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
};

/** Everything, in parts that are loaded when they are needed. */
const modules = {
  ...COMMON,
  entryPoints: { program: "src/cli/program.ts", index: "src/index.ts" },
  format: "esm",
  splitting: true,
  // Bundled CommonJS packages use what Node gives to CommonJS modules only.
  banner: {
    js: [
      'import { createRequire as __createRequire } from "node:module";',
      "const require = __createRequire(import.meta.url);",
      "const __filename = import.meta.filename;",
      "const __dirname = import.meta.dirname;",
    ].join(" "),
  },
};

const COMMON_JS = {
  ...COMMON,
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  define: { "import.meta.url": "__url", "import.meta.dirname": "__dirname" },
  banner: { js: 'const __url = require("node:url").pathToFileURL(__filename).href;' },
};

/** What a start goes through before it knows what to do. CommonJS, which Node loads some milliseconds faster. */
const entry = {
  ...COMMON_JS,
  entryPoints: { gameday: "src/cli/gameday.ts" },
  plugins: [apart(/^\.\/program\.ts$/, "./program.js")],
};

/** Of the commands that only read drill files: CommonJS can be loaded with V8's compiled code in Node 20 too. */
const FILE_COMMANDS = {
  ...COMMON_JS,
  supported: { "dynamic-import": false },
  // What is not there need not be read; names stay, for stacks. ASCII is read as it is.
  minifyWhitespace: true,
  minifySyntax: true,
  charset: "ascii",
};

const READER = apart(/^\.\/parse-source\.ts$/, "./parse-source.cjs");
const NO_RUNS = { name: "no-runs", setup: withoutRuns };

/** `validate` of drills without anything to tell: as little as can be. The rest is in the other file. */
const quickCommand = {
  ...FILE_COMMANDS,
  entryPoints: { "file-commands": "src/cli/file-commands.ts", "parse-source": "src/drill/parse-source.ts" },
  plugins: [READER, NO_RUNS, { name: "command-line", setup: withCommandLineApart }],
};

const fileCommandLine = {
  ...FILE_COMMANDS,
  entryPoints: { "file-command-line": "src/cli/file-command-line.ts" },
  plugins: [READER, NO_RUNS, { name: "no-subprograms", setup: withoutChildProcess }],
};

/** Threads are started from files of their own. */
const threads = {
  ...COMMON,
  entryPoints: { "block-worker": "src/checksums/block-worker.mjs" },
  format: "esm",
  outExtension: { ".js": ".mjs" },
};

/** What is imported dynamically by this name is a file of its own. */
function apart(filter, path) {
  const resolve = ({ kind }) => (kind === "dynamic-import" ? { path, external: true } : undefined);
  return { name: `apart ${path}`, setup: (hooks) => hooks.onResolve({ filter }, resolve) };
}

/** What steps and resource kinds load when they run: the commands of this file run nothing. */
function withoutRuns(hooks) {
  const rooms = /[\\/]src[\\/](?!cli[\\/]|drill[\\/])(?!.*of-systems\.ts$)/;
  hooks.onResolve({ filter: /.*/ }, ({ kind, importer, path }) =>
    kind === "dynamic-import" && rooms.test(importer) ? { path, external: true } : undefined,
  );
}

/** What parses options and weighs expressions is loaded when it is needed, with its own compiled code. */
function withCommandLineApart(hooks) {
  hooks.onResolve({ filter: /^\.\/(?:file-command-line|check-steps)\.ts$/ }, ({ kind }) =>
    kind === "dynamic-import" ? { path: "file-command-line.cjs", namespace: "cached" } : undefined,
  );
  hooks.onLoad({ filter: /.*/, namespace: "cached" }, ({ path }) => ({
    contents: `module.exports = require("./src/cli/require-cached.ts").requireCached(${JSON.stringify(path)});`,
    resolveDir: process.cwd(),
  }));
}

/** commander loads it for programs that are subcommands; gameday has none, and it takes 4 ms. */
function withoutChildProcess(hooks) {
  hooks.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
    importer.includes("commander") ? { path: "none", namespace: "none" } : undefined,
  );
  hooks.onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "module.exports = {};" }));
}

/** For whoever names the file with its extension of old. */
const FORWARD = `#!/usr/bin/env node
import { createRequire } from "node:module";
createRequire(import.meta.url)("./gameday.cjs");
`;

const parts = [modules, entry, quickCommand, fileCommandLine, threads];
const built = await Promise.all(parts.map((options) => build(options)));
const outputs = built.flatMap(({ metafile }) => Object.keys(metafile.outputs));
await writeFile(join(DIST, "gameday.js"), FORWARD);
await chmod(join(DIST, "gameday.cjs"), 0o755);
const notices = join(DIST, "THIRD-PARTY-NOTICES.txt");
await writeFile(notices, await thirdPartyNotices(built.flatMap(({ metafile }) => Object.keys(metafile.inputs))));
const cached = await cacheFileCommands(DIST);
const made = new Set([...outputs, ...cached, join(DIST, "gameday.js"), notices]);
// Last, and one by one: a gameday that runs meanwhile finds its files.
for (const name of await readdir(DIST))
  if (!made.has(join(DIST, name))) await rm(join(DIST, name), { recursive: true });
