import { join } from "node:path";
import { build } from "esbuild";

/** Bundles the process that is going to be killed; returns the path of what `node` runs. */
export async function buildChild(folder: string): Promise<string> {
  const outdir = join(folder, "child");
  await build({
    entryPoints: [join(import.meta.dirname, "child.ts")],
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    logLevel: "error",
    outExtension: { ".js": ".mjs" },
    banner: {
      js: 'import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url); const __filename = import.meta.filename; const __dirname = import.meta.dirname;',
    },
  });
  return join(outdir, "child.mjs");
}
