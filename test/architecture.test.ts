import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { transformSync } from "esbuild";
import { describe, expect, it } from "vitest";

/** What each room of `src/` may import of the others. Type imports count. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  time: [],
  regions: [],
  checksums: [],
  drill: ["time", "regions"],
  engine: ["drill", "time"],
  processes: ["time"],
  aws: ["engine", "time", "regions"],
  terraform: ["engine", "processes", "time"],
  steps: ["engine", "aws", "drill", "terraform", "processes", "checksums", "time", "regions"],
  resources: ["engine", "aws", "terraform", "time", "regions"],
  evidence: ["engine", "drill", "time", "regions"],
  reporters: ["evidence", "engine", "drill", "time"],
  sandbox: ["checksums", "time", "regions"],
};

/** Rooms that may import everything: the wiring, and the library's public face (files directly in `src/`). */
const WIRING = ["cli", ""];

/** Resource kinds use what the wiring hands to steps: the one exception, and for its type only. */
const EXCEPTIONS = [{ room: "resources", target: "steps/services.ts" }];

const LONGEST_FILE = 300;
const HEAVY = /^(@aws-sdk\/|@smithy\/|execa$|listr2$|handlebars$|yaml$|write-file-atomic$)/;
const MOCKING = /^(sinon|nock|msw|testdouble|mock-fs|mockdate|proxyquire|aws-sdk-client-mock.*|@sinonjs\/.*)$/;

/** Rooms that no start needs: what runs and what shows. */
const HEAVY_ROOMS = /^(sandbox\/|evidence\/|reporters\/(?!format-names\.ts$))/;

/** What Node is started with, and the commands that must be quick. */
const STARTED_FROM = [
  "cli/gameday.ts",
  "cli/program.ts",
  "cli/file-commands.ts",
  ...["validate", "plan", "list", "schema", "init", "permissions"].map((name) => `cli/commands/${name}.ts`),
  "steps/all.ts",
  "resources/all.ts",
];

interface Import {
  /** As written: `../time/clock.ts`, `zod`. */
  readonly specifier: string;
  readonly kind: "value" | "type" | "dynamic";
}

interface SourceFile {
  /** Relative to `src/`. */
  readonly path: string;
  readonly text: string;
}

function importsOf(text: string): readonly Import[] {
  const statements = [...text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^;"']*?\sfrom\s*)?["']([^"']+)["']/gm)];
  const dynamic = [...text.matchAll(/\bimport\(\s*["']([^"']+)["']/g)];
  return [
    ...statements.map(([, type, specifier = ""]): Import => ({ specifier, kind: type ? "type" : "value" })),
    ...dynamic.map(([, specifier = ""]): Import => ({ specifier, kind: "dynamic" })),
  ];
}

function filesIn(folder: string): readonly SourceFile[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(".ts"))
    .map((name) => ({ path: name, text: readFileSync(join(folder, name), "utf8") }));
}

/** The file below `src/` that an import names; undefined for packages. */
function targetOf(path: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? join(dirname(path), specifier) : undefined;
}

function roomOf(path: string): string {
  return path.includes("/") ? (path.split("/")[0] ?? "") : "";
}

/** The imports of a file that the table does not allow. */
function forbiddenImports({ path, text }: SourceFile): readonly string[] {
  const room = roomOf(path);
  if (WIRING.includes(room)) return [];
  const allowed = MAY_IMPORT[room];
  return importsOf(text).flatMap(({ specifier, kind }) => {
    const target = targetOf(path, specifier);
    if (target === undefined || roomOf(target) === room || allowed?.includes(roomOf(target))) return [];
    if (kind === "type" && EXCEPTIONS.some((one) => one.room === room && one.target === target)) return [];
    return [`${path} imports ${specifier}`];
  });
}

/** Keeps imports that are not used. */
const VERBATIM = { compilerOptions: { verbatimModuleSyntax: true } };

/** Names of time and process that a file uses and must not. Types and comments are stripped first. */
function forbiddenNames({ path, text }: SourceFile): readonly string[] {
  const code = transformSync(text, { loader: "ts", legalComments: "none", tsconfigRaw: VERBATIM }).code;
  const room = roomOf(path);
  const rules: [RegExp, boolean][] = [
    [
      /\b(Date\.now|performance\.\w+|setTimeout|setInterval)\s*\(|\bnew Date\(\s*\)|\bperformance\.timeOrigin/g,
      room !== "time",
    ],
    [/from "(node:)?timers(\/promises)?"|from "(node:)?perf_hooks"/g, room !== "time"],
    [/(?<![.\w"'#/-])process\.(?!getActiveResourcesInfo\b)\w+/g, room !== "cli"],
    [/(?<![.\w"'#/-])process\.getActiveResourcesInfo\b/g, room !== "cli" && room !== "time"],
    [
      /import \{[^}]*\b(argv|env|exit|exitCode|stdin|stdout|stderr|cwd|chdir|on)\b[^}]*\} from "(node:)?process"/g,
      room !== "cli",
    ],
    [/import \w+ from "(node:)?process"|import \* as \w+ from "(node:)?process"/g, room !== "cli"],
  ];
  return rules.flatMap(([pattern, applies]) =>
    applies ? [...code.matchAll(pattern)].map(([found]) => `${path} uses ${found}`) : [],
  );
}

/** Heavy packages that loading a file loads with it, each with the way there. */
function heavyImports(start: string, files: ReadonlyMap<string, string>): readonly string[] {
  const seen = new Set<string>();
  const open = [[start]];
  const heavy: string[] = [];
  for (let way = open.pop(); way; way = open.pop()) {
    const path = way.at(-1) ?? "";
    if (seen.has(path)) continue;
    seen.add(path);
    for (const { specifier, kind } of importsOf(files.get(path) ?? "")) {
      const target = targetOf(path, specifier);
      if (kind !== "value") continue;
      const heavyRoom = target !== undefined && HEAVY_ROOMS.test(target) && !HEAVY_ROOMS.test(start);
      if (heavyRoom || HEAVY.test(specifier)) heavy.push([...way, specifier].join(" → "));
      else if (target !== undefined) open.push([...way, target]);
    }
  }
  return heavy;
}

const SRC = join(import.meta.dirname, "../src");
const FILES = filesIn(SRC);
const TEXTS = new Map(FILES.map(({ path, text }) => [path, text]));
const ARCHITECTURE = readFileSync(join(SRC, "../ARCHITECTURE.md"), "utf8");
/** `<system>/` of the step library. */
const STEP_SYSTEMS = new Set(["cloudwatch", "command", "ebs", "ec2", "human", "terraform"]);

describe("src/", () => {
  it("has only the rooms of the house", () => {
    const rooms = new Set(FILES.map(({ path }) => roomOf(path)));
    expect([...rooms].filter((room) => !(room in MAY_IMPORT) && !WIRING.includes(room))).toEqual([]);
  });

  it("imports only what the table allows", () => {
    expect(FILES.flatMap(forbiddenImports)).toEqual([]);
  });

  it("is told by ARCHITECTURE.md: every room, what it may import, and files that are there", () => {
    const rows = [...ARCHITECTURE.matchAll(/^ {2}(\w+)\/ .*? imports ([a-z, ]+)/gm)];
    const told = rows.map(([, room = "", imports = ""]) => [room, imports.trim().split(", ")]);
    const may = Object.entries(MAY_IMPORT).map(([room, allowed]) => [room, allowed.length > 0 ? allowed : ["nothing"]]);
    expect(Object.fromEntries(told)).toEqual({ ...Object.fromEntries(may), cli: ["everything"] });
    const within = new Set(FILES.map(({ path }) => path.split("/").slice(0, -1)[1] ?? ""));
    const unnamed = [...within].filter((name) => name !== "" && !ARCHITECTURE.includes(`${name}/`));
    expect(unnamed.filter((name) => !STEP_SYSTEMS.has(name))).toEqual([]);
    const named = [...ARCHITECTURE.matchAll(/`(?:src\/)?((?:\w|-)+\/[\w/-]+\.ts)`/g)].map(([, path = ""]) => path);
    expect(named.filter((path) => !TEXTS.has(path) && !path.startsWith("test/"))).toEqual([]);
  });

  it("imports only files that exist", () => {
    const missing = FILES.flatMap(({ path, text }) =>
      importsOf(text).flatMap(({ specifier }) => {
        const target = targetOf(path, specifier);
        const outside = target === undefined || target.startsWith("..");
        return outside || TEXTS.has(target) ? [] : [`${path} imports ${specifier}`];
      }),
    );
    expect(missing).toEqual([]);
  });

  it("paints with listr2 in the terminal reporter only", () => {
    const users = FILES.filter(({ text }) => importsOf(text).some(({ specifier }) => specifier === "listr2"));
    expect(users.map(({ path }) => path).filter((path) => !path.startsWith("reporters/terminal"))).toEqual([]);
  });

  it("takes time from the clock, and touches the process in cli/ only", () => {
    expect(FILES.flatMap(forbiddenNames)).toEqual([]);
  });

  it.each(STARTED_FROM)("%s loads no AWS client, no YAML library, nothing that runs or shows", (start) => {
    expect(TEXTS.has(start)).toBe(true);
    expect(heavyImports(start, TEXTS)).toEqual([]);
  });

  it("takes zod by namespace: by its name all of it is bundled", () => {
    const named = FILES.filter(({ text }) =>
      /import \{[^}]*\} from "zod"/.test(text.replaceAll(/import type .*/g, "")),
    );
    expect(named.map(({ path }) => path)).toEqual([]);
  });

  it(`has no file of more than ${LONGEST_FILE} lines`, () => {
    const long = FILES.filter(({ text }) => text.trimEnd().split("\n").length > LONGEST_FILE);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it("names files in kebab-case, and none after nothing in particular", () => {
    const odd = FILES.filter(({ path }) => !/^([a-z0-9-]+\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(path));
    const vague = FILES.filter(({ path }) =>
      /(^|\/)(utils?|helpers?|common|misc|shared|interfaces)(\/|\.ts$)/.test(path),
    );
    expect([...odd, ...vague].map(({ path }) => path)).toEqual([]);
  });
});

describe("the project", () => {
  const root = join(SRC, "..");

  it("mocks nothing", () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => MOCKING.test(name))).toEqual([]);
    const own = relative(join(root, "test"), import.meta.filename);
    const users = filesIn(join(root, "test")).filter(
      ({ path, text }) =>
        path !== own &&
        (importsOf(text).some(({ specifier }) => MOCKING.test(specifier)) ||
          /\bvi\.(mock|doMock|fn|spyOn|stubGlobal|stubEnv|useFakeTimers|hoisted)\b/.test(text)),
    );
    expect(users.map(({ path }) => path)).toEqual([]);
  });
});

describe("these checks", () => {
  const file = (path: string, text: string): SourceFile => ({ path, text });

  it.each([
    ["drill/a.ts", 'import { x } from "../engine/x.ts";'],
    ["drill/a.ts", 'import type { X } from "../engine/x.ts";'],
    ["drill/a.ts", 'export * from "../engine/x.ts";'],
    ["drill/a.ts", 'import {\n  type X,\n  y,\n} from "../engine/x.ts";'],
    ["drill/deep/a.ts", 'const x = await import("../../engine/x.ts");'],
    ["drill/a.ts", 'type X = import("../engine/x.ts").X;'],
    ["sandbox/a.ts", 'import "../aws/x.ts";'],
    ["resources/a.ts", 'import { y } from "../steps/services.ts";'],
    ["resources/a.ts", 'import type { Y } from "../steps/define-step.ts";'],
    ["unknown/a.ts", 'import { y } from "../time/clock.ts";'],
  ])("find a forbidden import in %s: %s", (path, text) => {
    expect(forbiddenImports(file(path, text))).toHaveLength(1);
  });

  it.each([
    ["drill/a.ts", 'import { x } from "../time/x.ts";\nimport { y } from "./y.ts";\nimport * as z from "zod";'],
    ["resources/a.ts", 'import type { DrillServices } from "../steps/services.ts";'],
    ["cli/a.ts", 'import { x } from "../sandbox/x.ts";'],
    ["index.ts", 'export { x } from "./engine/x.ts";'],
  ])("let pass what is allowed in %s", (path, text) => {
    expect(forbiddenImports(file(path, text))).toEqual([]);
  });

  it.each([
    "const at = Date.now();",
    "const at = new Date();",
    "setTimeout(() => {}, 5);",
    "const t = performance.now();",
    'import { setTimeout } from "node:timers/promises";',
    "const home = process.env.HOME;",
    "process.exitCode = 1;",
    'import { env } from "node:process";',
    'import process from "node:process";',
  ])("find %s", (text) => {
    expect(forbiddenNames(file("engine/a.ts", `${text}\nexport {};`)).length).toBeGreaterThan(0);
  });

  it.each([
    "const at = new Date(5);",
    "// Date.now() would be wrong here",
    "deps.process.pid;",
    'import { kill } from "node:process"; kill(1, 0);',
    "clock.sleep(5);",
    "const told = { process: 1 };",
  ])("let %s pass", (text) => {
    expect(forbiddenNames(file("engine/a.ts", `${text}\nexport {};`))).toEqual([]);
  });

  it("find a heavy package behind other files, and not behind a dynamic or a type import", () => {
    const files = new Map([
      ["cli/a.ts", 'import { b } from "./b.ts";'],
      ["cli/b.ts", 'import { EC2 } from "@aws-sdk/client-ec2";'],
      ["cli/c.ts", 'import type { EC2 } from "@aws-sdk/client-ec2";\nawait import("./b.ts");'],
    ]);
    expect(heavyImports("cli/a.ts", files)).toEqual(["cli/a.ts → cli/b.ts → @aws-sdk/client-ec2"]);
    expect(heavyImports("cli/c.ts", files)).toEqual([]);
  });
});
