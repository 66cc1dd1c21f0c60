import { NormalizedSchema } from "@smithy/core/schema";

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

/** How a REST protocol finds an operation: `["GET", "/policies/{PolicyId}", 200]`. */
export interface HttpBinding {
  readonly method: string;
  /** Path with `{Label}` and `{Label+}` segments. May carry a constant query string. */
  readonly path: string;
  readonly status: number;
}

/** An operation as the generated clients carry it. */
type OperationSchema = readonly [9, string, string, unknown, SchemaRef, SchemaRef];

/** One operation of a service as its Smithy model describes it. Shapes are read when they are asked for: EC2 has 823 operations. */
export class Operation {
  readonly #schema: OperationSchema;
  #input: NormalizedSchema | undefined;
  #output: NormalizedSchema | undefined;

  constructor(schema: OperationSchema) {
    this.#schema = schema;
  }

  get name(): string {
    return this.#schema[2];
  }

  get input(): NormalizedSchema {
    return (this.#input ??= structure(this.#schema[4]));
  }

  get output(): NormalizedSchema {
    return (this.#output ??= structure(this.#schema[5]));
  }

  /** Absent in the protocols that do not go by method and path. */
  get http(): HttpBinding | undefined {
    const [method, path, status] = (this.#schema[3] as { http?: readonly [string, string, number] }).http ?? [];
    return method === undefined || path === undefined || status === undefined ? undefined : { method, path, status };
  }
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
      const operation = new Operation(exported as unknown as OperationSchema);
      operations.set(operation.name, operation);
    }
  }
  return operations;
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
