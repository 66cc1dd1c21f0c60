import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const LICENSE_FILE = /^(licen[cs]e|notice|copying)/i;
const RULE = "=".repeat(100);

/**
 * The notices that the licenses of bundled packages ask for: of each package of which something is in an output, its license and
 * notice files; a text that several share stands once, below their names.
 * `inputs` are paths of bundled files, as esbuild's metafiles have them. Throws where a package has no text to pass on.
 */
export async function thirdPartyNotices(inputs) {
  const folders = [...new Set(inputs.flatMap((path) => PACKAGE.exec(path)?.[1] ?? []))].toSorted();
  const packagesOf = new Map();
  for (const { name, text } of await Promise.all(folders.map(noticeOf))) {
    packagesOf.set(text, [...new Set([...(packagesOf.get(text) ?? []), name])]);
  }
  const notices = [...packagesOf].map(([text, names]) => `${RULE}\n${names.join("\n")}\n\n${text}\n`);
  return `gameday contains code of the packages below.\n\n${notices.join("\n")}`;
}

async function noticeOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const files = (await readdir(folder)).filter((file) => LICENSE_FILE.test(file)).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  // Some packages of AWS leave out the text of their license, which is gameday's own.
  if (texts.length === 0 && license === "Apache-2.0") texts.push(await readFile("LICENSE", "utf8"));
  if (texts.length === 0) throw new Error(`${name} ${version} (${license}) has no license text to pass on`);
  return { name: `${name} ${version} (${license})`, text: texts.map((text) => text.trim()).join("\n\n") };
}
