import { drillJsonSchema } from "../../drill/json-schema.ts";
import { EXIT_CODES } from "../../engine/exit-code.ts";
import type { Io } from "../io.ts";
import { shippedLibrary } from "../library.ts";
import type { Library } from "../library.ts";

/** Prints the JSON Schema of drill files. */
export async function schema(_options: object, io: Io, library?: Library): Promise<number> {
  const { stepKinds } = library ?? (await shippedLibrary());
  io.stdout.write(schemaText(stepKinds));
  return EXIT_CODES.passed.code;
}

/** As it stands in `schema/drill.schema.json`. */
export function schemaText(stepKinds: Library["stepKinds"]): string {
  return `${JSON.stringify(drillJsonSchema([...stepKinds.values()]), null, 2)}\n`;
}
