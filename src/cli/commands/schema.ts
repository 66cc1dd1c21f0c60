import { drillJsonSchema } from "../../drill/json-schema.ts";
import { EXIT_CODES } from "../../engine/exit-code.ts";
import type { Io } from "../io.ts";
import { shippedLibrary } from "../drills/library.ts";
import type { Library } from "../drills/library.ts";

export interface SchemaOptions {
  /** Drill files when absent. */
  readonly of?: string;
}

/** Prints the JSON Schema of drill files, or of `result.json`. */
export async function schema({ of }: SchemaOptions, io: Io, library?: Library): Promise<number> {
  if (of === "result") {
    const { resultJsonSchema } = await import("../../evidence/result/schema.ts");
    io.stdout.write(`${JSON.stringify(resultJsonSchema(), null, 2)}\n`);
    return EXIT_CODES.passed.code;
  }
  const { stepKinds } = library ?? (await shippedLibrary());
  io.stdout.write(schemaText(stepKinds));
  return EXIT_CODES.passed.code;
}

/** As it stands in `schema/drill.schema.json`. */
export function schemaText(stepKinds: Library["stepKinds"]): string {
  return `${JSON.stringify(drillJsonSchema([...stepKinds.values()]), null, 2)}\n`;
}
