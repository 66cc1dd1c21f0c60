/**
 * The assessment-results model of OSCAL 1.2 as far as gameday writes it: written by hand from NIST's published model (required
 * members, tokens, one-line strings, UUIDs of version 4 or 5, instants with a zone, closed objects). It is not NIST's own schema
 * and does not claim to be: set OSCAL_AR_SCHEMA to the path of that to validate against it too.
 */
const uuid = {
  type: "string",
  pattern: "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$",
};
const token = { type: "string", pattern: "^(\\p{L}|_)(\\p{L}|\\p{N}|[.\\-_])*$" };
const line = { type: "string", pattern: "^\\S(.*\\S)?$" };
const markup = { type: "string", minLength: 1 };
const instant = { type: "string", format: "date-time", pattern: "(Z|[+-]\\d\\d:\\d\\d)$" };
const uri = { type: "string", format: "uri" };
const reference = { type: "string", format: "uri-reference", minLength: 1 };

type Schema = Readonly<Record<string, unknown>>;

function object(required: Readonly<Record<string, Schema>>, optional: Readonly<Record<string, Schema>> = {}): Schema {
  const properties = { ...required, ...optional };
  return { type: "object", properties, required: Object.keys(required), additionalProperties: false };
}

function list(items: Schema): Schema {
  return { type: "array", minItems: 1, items };
}

const property = object({ name: token, value: line }, { ns: uri, uuid, class: token, group: token, remarks: markup });
const props = list(property);
const hash = object({ algorithm: line, value: line });
const rlink = object({ href: reference }, { "media-type": line, hashes: list(hash) });
const resource = object({ uuid }, { title: line, description: markup, props, rlinks: list(rlink), remarks: markup });

const component = object(
  {
    uuid,
    type: line,
    title: line,
    description: markup,
    status: object({ state: { enum: ["under-development", "operational", "disposition", "other"] } }),
  },
  { purpose: line, props },
);
const platform = object({ uuid }, { title: line, props, "uses-components": list(object({ "component-uuid": uuid })) });
const assets = object({ "assessment-platforms": list(platform) }, { components: list(component) });

const selectControl = object({ "control-id": token }, { "statement-ids": list(token) });
const selection = {
  ...object(
    {},
    {
      description: markup,
      props,
      "include-all": object({}),
      "include-controls": list(selectControl),
      "exclude-controls": list(selectControl),
    },
  ),
  oneOf: [{ required: ["include-all"] }, { required: ["include-controls"] }],
};

const entry = object({ uuid, start: instant }, { title: line, description: markup, end: instant, props });
const actor = object({ type: { enum: ["tool", "assessment-platform", "party"] }, "actor-uuid": uuid });
const observation = object(
  {
    uuid,
    description: markup,
    methods: list({ enum: ["EXAMINE", "INTERVIEW", "TEST", "UNKNOWN"] }),
    collected: instant,
  },
  {
    title: line,
    props,
    types: list(token),
    origins: list(object({ actors: list(actor) })),
    "relevant-evidence": list(object({ description: markup }, { href: reference, props })),
    expires: instant,
    remarks: markup,
  },
);
const status = object({ state: { enum: ["satisfied", "not-satisfied"] } }, { reason: token, remarks: markup });
const target = object(
  { type: { enum: ["statement-id", "objective-id"] }, "target-id": token, status },
  { title: line, description: markup, props },
);
const finding = object(
  { uuid, title: line, description: markup, target },
  { props, "related-observations": list(object({ "observation-uuid": uuid })) },
);
const result = object(
  {
    uuid,
    title: line,
    description: markup,
    start: instant,
    "reviewed-controls": object({ "control-selections": list(selection) }, { description: markup }),
  },
  {
    end: instant,
    props,
    "local-definitions": object({}, { "assessment-assets": assets }),
    "assessment-log": object({ entries: list(entry) }),
    observations: list(observation),
    findings: list(finding),
    remarks: markup,
  },
);

export const ASSESSMENT_RESULTS: Schema = object({
  "assessment-results": object(
    {
      uuid,
      metadata: object(
        { title: line, "last-modified": instant, version: line, "oscal-version": line },
        { published: instant, props, remarks: markup },
      ),
      "import-ap": object({ href: reference }, { remarks: markup }),
      results: list(result),
    },
    {
      "back-matter": object({}, { resources: list(resource) }),
    },
  ),
});
