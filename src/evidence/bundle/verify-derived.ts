import { Failure } from "../../engine/failure.ts";
import type { ReadJournal } from "../../engine/read-journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import type { Framework } from "../controls/framework.ts";
import { defined } from "../defined.ts";
import { resultSchema, RESULT_VERSION } from "../result/schema.ts";
import type { BundleFile } from "./bundle-file.ts";
import { bundleFiles } from "./bundle-files.ts";
import { difference } from "./difference.ts";
import type { Digests } from "./manifest.ts";
import { FRAMEWORKS, projectControls, readFrameworks } from "./own-frameworks.ts";
import { readBytes, readPart } from "./read-bundle.ts";
import type { EarlierRuns, Renderer } from "./renderer.ts";
import { RESULT, type ToldResult } from "./told-result.ts";
import { verifyCopied } from "./verify-copied.ts";
import type { SignedPart } from "./verify-signed.ts";
import { Wrong } from "./wrong.ts";

export interface DerivedOf {
  readonly folder: string;
  readonly signed: SignedPart;
  readonly digests: Digests;
  readonly record: RunRecord;
  readonly journal: ReadJournal & { readonly bytes: Buffer };
  readonly told: ToldResult;
  readonly renderer: Renderer;
}

/** How far this version of gameday could make a bundle again. */
export interface Derived {
  /** Files whose words are those of the version that rendered them, and that this one could not compare; none where it is the same. */
  readonly notCompared: readonly string[];
  /** Controls, `framework/id`, that are not mapped as this version of gameday maps them. */
  readonly projectControls: readonly string[];
}

/** Files that hold words and looks: another version's cannot be rendered again. */
const PROSE = /^(README\.txt|report\.(md|html)|interop\/.*|controls\/oscal-ar\.json)$/;
/** Where the words of a version stand in its other files, by member. */
const WORDING: Readonly<Record<string, RegExp>> = {
  [RESULT]:
    /^(renderedBy|schemaVersion|verdict\.(reasons|warnings)|run\.notLive|recoveryPoint\.measuredFrom|deviations\[\d+\]\.(description|action|fixer)|standing|history|controls\[\d+\]\.state|integrity)$/,
  "controls/mapping.json": /^(disclaimer|controls\[\d+\]\.reason)$/,
  "redaction.json": /^scannedFor$/,
};
const NO_WORDING = /^(?!)/;

/** Makes the whole bundle again, of its journal and of nothing else, and compares. @throws Wrong */
export async function verifyDerived(of: DerivedOf): Promise<Derived> {
  const { told, renderer } = of;
  const same = told.renderedBy === renderer.version;
  const frameworks = await frameworksIn(of, same);
  const own = same && frameworks ? projectControls(frameworks, await renderer.shippedFrameworks()) : [];
  const files = await makeAgain(of, frameworks ?? [], same);
  const isSkipped = (path: string) =>
    !same && (PROSE.test(path) || (frameworks === undefined && path.startsWith("controls/")));
  const paths = new Set(files.map(({ path }) => path));
  const besides = [...of.digests.keys()].filter((path) => !paths.has(path));
  if (same && besides[0] !== undefined) throw new Wrong(besides[0], "no run leaves such a file in its bundle");
  // What the words are made of comes before the words.
  for (const file of [...files].sort((a, b) => Number(PROSE.test(a.path)) - Number(PROSE.test(b.path))))
    if (!isSkipped(file.path)) await compare(of, file, same);
  return {
    notCompared: same ? [] : [...of.digests.keys()].filter((path) => isSkipped(path) || besides.includes(path)),
    projectControls: own,
  };
}

/** Undefined where another version has written them, in a form that this one does not read. */
async function frameworksIn({ folder }: DerivedOf, same: boolean): Promise<readonly Framework[] | undefined> {
  try {
    return readFrameworks(await readPart(folder, FRAMEWORKS));
  } catch (error) {
    if (same || !(error instanceof Wrong)) throw error;
    return undefined;
  }
}

async function makeAgain(
  of: DerivedOf,
  frameworks: readonly Framework[],
  same: boolean,
): Promise<readonly BundleFile[]> {
  const { folder, signed, digests, record, journal, told } = of;
  const { key, intent, intentDigest: digest } = signed;
  const copied = verifyCopied(folder, record, digests);
  try {
    const rendered = await of.renderer.render({
      record,
      journal: journal.tail,
      key,
      intent: intent && digest !== undefined ? { statement: intent, digest } : undefined,
      frameworks,
      earlier: earlierIn(told, same),
    });
    return bundleFiles({ record, key, journal: journal.bytes, copied, rendered });
  } catch (error) {
    // What looks like a secret is in no bundle that gameday writes.
    if (error instanceof Failure) throw new Wrong("redaction.json", error.message);
    throw error;
  }
}

const earlierShape = resultSchema.pick({ history: true, standing: true });

/** Other runs are not in this one's journal: what the bundle says of them is its own word, if it has the form of it. */
function earlierIn({ content }: ToldResult, same: boolean): EarlierRuns {
  const read = earlierShape.safeParse({ history: content["history"], standing: content["standing"] });
  if (read.success) return defined<EarlierRuns>(read.data);
  if (!same) return {};
  const [issue] = read.error.issues;
  throw new Wrong(RESULT, `${issue?.path.join(".")} is not as schema ${RESULT_VERSION} has it: ${issue?.message}`);
}

async function compare({ folder }: DerivedOf, file: BundleFile, same: boolean): Promise<void> {
  // Weighed by its hash already.
  if ("copyOf" in file) return;
  const told = await readBytes(folder, file.path);
  const derived = Buffer.from(file.content);
  if (told.equals(derived)) return;
  const wording = same ? undefined : (WORDING[file.path] ?? NO_WORDING);
  const found = inWords(file.path, { told: told.toString("utf8"), derived: derived.toString("utf8"), wording });
  if (found !== undefined) throw new Wrong(file.path, found);
  if (same) throw new Wrong(file.path, "it says the same in another form than gameday writes");
}

interface Texts {
  readonly told: string;
  readonly derived: string;
  readonly wording: RegExp | undefined;
}

/** The first thing that differs: of JSON the member, else the line. */
function inWords(path: string, { told, derived, wording }: Texts): string | undefined {
  if (/^(report\.|interop\/)/.test(path)) return "it is not what result.json renders to";
  if (path.endsWith(".json")) return difference(parsed(told), parsed(derived), { path: "", wording });
  if (path.endsWith(".jsonl")) return inLines(told, derived, wording);
  const wanted = derived.split("\n");
  const line = told.split("\n").findIndex((text, index) => text !== wanted[index]);
  return `line ${(line < 0 ? wanted.length : line) + 1} is not what the journal says`;
}

function inLines(told: string, derived: string, wording: RegExp | undefined): string | undefined {
  const [lines, wanted] = [valuesIn(told), valuesIn(derived)];
  if (lines.length !== wanted.length) return `it has ${lines.length} lines, and the journal gives ${wanted.length}`;
  for (const [index, line] of lines.entries()) {
    const found = difference(line, wanted[index], { path: `line ${index + 1}`, wording });
    if (found !== undefined) return found;
  }
  return undefined;
}

function valuesIn(text: string): readonly unknown[] {
  return text.split("\n").slice(0, -1).map(parsed);
}

/** Undefined for what is no JSON: it differs from whatever the journal says. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
