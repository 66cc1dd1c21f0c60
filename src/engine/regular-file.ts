import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { Failure } from "./failure.ts";

/**
 * The bytes of a regular file. A pipe in its place would be waited for without end, a device read without end.
 * @throws Failure `not-a-file`, or what the machine says (ENOENT, EACCES, …)
 */
export async function readRegularFile(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw notAFile(path);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function notAFile(path: string): Failure {
  return new Failure({
    code: "not-a-file",
    message: `${path} is a folder, a pipe or a device, and should be a file`,
    fixer: "operator",
    next: `look at what is there: ls -ld ${path}`,
  });
}
