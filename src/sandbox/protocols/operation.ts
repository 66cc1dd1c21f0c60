import { NormalizedSchema } from "@smithy/core/schema";

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

/** How a REST protocol finds an operation: `["GET", "/policies/{PolicyId}", 200]`. */
export interface HttpBinding {
  readonly method: string;
  /** Path with `{Label}` and `{Label+}` segments. May carry a constant query string. */
  readonly path: string;
  readonly status: number;
}

/** One operation of a service as its Smithy model describes it. */
export interface Operation {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  readonly http?: HttpBinding;
}

export type Operations = ReadonlyMap<string, Operation>;

const OPERATION_SCHEMA = 9;
const NO_MEMBERS: SchemaRef = [3, "gameday", "Empty", 0, [], []];

/** Every operation of a client package, found by the Smithy schemas that it exports (`CreateVolume$ = [9, …]`). */
export function operationsOf(clientModule: object): Operations {
  const operations = new Map<string, Operation>();
  // A bundled CommonJS package has all its exports in `default`.
  const { default: packageExports = clientModule } = clientModule as { default?: object };
  for (const exported of Object.values(packageExports)) {
    if (Array.isArray(exported) && exported[0] === OPERATION_SCHEMA) {
      const operation = operationOf(exported as unknown as OperationSchema);
      operations.set(operation.name, operation);
    }
  }
  return operations;
}

type OperationSchema = readonly [9, string, string, unknown, SchemaRef, SchemaRef];

function operationOf([, , name, traits, input, output]: OperationSchema): Operation {
  const http = (traits as { http?: readonly [string, string, number] }).http;
  return {
    name,
    input: structure(input),
    output: structure(output),
    ...(http && { http: { method: http[0], path: http[1], status: http[2] } }),
  };
}

function structure(ref: SchemaRef): NormalizedSchema {
  const schema = NormalizedSchema.of(ref);
  return schema.isStructSchema() ? schema : NormalizedSchema.of(NO_MEMBERS);
}

/** The structure's members that a request must have. Smithy lists them first and counts them. */
export function requiredMembers(structureSchema: NormalizedSchema): readonly string[] {
  const schema = structureSchema.getSchema() as readonly unknown[];
  const names = schema[4] as readonly string[];
  return names.slice(0, typeof schema[6] === "number" ? schema[6] : 0);
}
