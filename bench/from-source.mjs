/* Benchmarks of what the public face does not show: a module of bench/inside, bundled with the sources it imports. */
import { build } from "esbuild";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// As the entry of gameday does.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

/** The exports of a module of bench/inside. */
export async function inside(name) {
  const { file, remove } = await bundled(name);
  try {
    return await import(pathToFileURL(file).href);
  } finally {
    remove();
  }
}

/** A module of bench/inside as one file, to be run in a process of its own. */
export async function bundled(name) {
  const folder = mkdtempSync(join(tmpdir(), "gameday-bench-"));
  const file = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, "inside", `${name}.mjs`)],
    outfile: file,
    bundle: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    target: "node20.19",
    logLevel: "error",
    define: { "import.meta.url": JSON.stringify(import.meta.url) },
    banner: {
      js: `import { createRequire as __createRequire } from "node:module"; const require = __createRequire(${JSON.stringify(import.meta.url)}), __filename = ${JSON.stringify(import.meta.filename)}, __dirname = ${JSON.stringify(import.meta.dirname)};`,
    },
  });
  return { file, remove: () => rmSync(folder, { recursive: true }) };
}
