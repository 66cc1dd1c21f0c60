import { isNotFound } from "../../error-codes.ts";
import { chunks, IDS_PER_CALL } from "./look.ts";

/**
 * Describes by ids where the API has no filter for them. One unknown id fails the whole call there, so the ids the error names
 * are left out and the others asked for again.
 */
export async function describeNamed<T>(
  ids: readonly string[],
  describe: (ids: string[]) => Promise<readonly T[] | undefined>,
): Promise<T[]> {
  const found: T[] = [];
  for (const some of chunks(ids, IDS_PER_CALL)) found.push(...(await describeKnown(some, describe)));
  return found;
}

async function describeKnown<T>(
  ids: string[],
  describe: (ids: string[]) => Promise<readonly T[] | undefined>,
): Promise<readonly T[]> {
  let asked = ids;
  while (asked.length > 0) {
    try {
      return (await describe(asked)) ?? [];
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const message = error instanceof Error ? error.message : "";
      const left = asked.filter((id) => !message.includes(id));
      asked = left.length < asked.length ? left : [];
    }
  }
  return [];
}
