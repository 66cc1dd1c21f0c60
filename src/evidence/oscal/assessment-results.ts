import { printable } from "../../drill/printable.ts";
import type { JournalTail } from "../../engine/journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import type { ControlMapping, MappedControl } from "../controls/map-controls.ts";
import { nextDue } from "../history/cadence.ts";
import { verdictOf } from "../verdict.ts";
import { verdictWord } from "../verdict-words.ts";
import { uuid5 } from "./uuid.ts";

export interface AssessmentOf {
  readonly record: RunRecord;
  readonly mapping: ControlMapping;
  readonly journal: JournalTail;
  /** SHA-256 of files of the bundle, by path. */
  readonly digests: Readonly<Record<string, string>>;
}

const NAMESPACE_URI = "urn:gameday:oscal";

/** The run as OSCAL 1.2 Assessment Results. The same run gives the same document: UUIDs are made from its id. */
export function assessmentResults(of: AssessmentOf): object {
  const { record } = of;
  const { runId, drill } = record.run;
  return {
    "assessment-results": {
      uuid: uuid5(`${runId}/assessment-results`),
      metadata: {
        title: oneLine(`Disaster-recovery drill ${drill.name}`),
        "last-modified": record.lastAt.at,
        version: runId,
        "oscal-version": "1.2.1",
        remarks: of.mapping.disclaimer,
      },
      "import-ap": { href: `#${uuid5(`${runId}/plan/drill.yaml`)}` },
      results: [result(of)],
      "back-matter": { resources: Object.entries(of.digests).map(([path, digest]) => resource(runId, path, digest)) },
    },
  };
}

function assets({ run }: RunRecord): object {
  return {
    components: [
      {
        uuid: toolId(run.runId),
        type: "software",
        title: "gameday",
        description: "Runs disaster-recovery drills, measures them and keeps the evidence.",
        props: [{ name: "version", value: run.versions.gameday }],
        status: { state: "operational" },
      },
    ],
    "assessment-platforms": [
      { uuid: uuid5(`${run.runId}/platform`), "uses-components": [{ "component-uuid": toolId(run.runId) }] },
    ],
  };
}

function result({ record, mapping, journal }: AssessmentOf): object {
  const { runId, drill } = record.run;
  const rows = mapping.controls.filter(
    (row): row is TargetedControl => row.oscal !== undefined && row.state !== "not claimed",
  );
  const shown = rows.filter(({ state }) => state === "evidenced");
  const word = verdictWord(record);
  return {
    uuid: uuid5(`${runId}/result`),
    title: oneLine(`${drill.name}: ${word}`),
    description: oneLine(drill.description) || drill.name,
    start: record.startedAt.at,
    end: record.lastAt.at,
    props: [property("verdict", word), property("journal-head", journal.prev)],
    "local-definitions": { "assessment-assets": assets(record) },
    "reviewed-controls": { "control-selections": [selection(rows)] },
    "assessment-log": { entries: logEntries(record) },
    observations: [observation(record, word)],
    ...(shown.length > 0 ? { findings: shown.map((row) => finding(runId, row)) } : {}),
  };
}

type TargetedControl = MappedControl & { readonly oscal: NonNullable<MappedControl["oscal"]> };

/** The schema wants at least one control or all of them; a drill is never about all. */
function selection(rows: readonly TargetedControl[]): object {
  const ids = [...new Set(rows.map(({ oscal }) => oscal.control))].sort();
  return {
    description: "What the drill bears on; findings say what it shows",
    "include-controls": (ids.length > 0 ? ids : ["cp-4"]).map((id) => ({ "control-id": id })),
  };
}

function logEntries(record: RunRecord): readonly object[] {
  const { runId } = record.run;
  const steps = record.steps.map(({ instance, uses, phase, startedAt, finishedAt, outcome }) => ({
    uuid: uuid5(`${runId}/step/${instance}`),
    title: oneLine(`${phase}: ${instance}`),
    description: oneLine(`${uses}: ${outcome ?? "cut off"}`),
    start: startedAt.at,
    ...(finishedAt ? { end: finishedAt.at } : {}),
  }));
  if (steps.length > 0) return steps;
  return [{ uuid: uuid5(`${runId}/no-step`), title: "No step began", start: record.startedAt.at }];
}

function observation(record: RunRecord, word: string): object {
  const { runId, cadence } = record.run;
  const expires = nextDue(cadence ?? "quarterly", Date.parse(record.lastAt.at));
  return {
    uuid: observationId(runId),
    title: oneLine(`Drill ${word}`),
    description: oneLine(verdictOf(record).reasons.join("; ")),
    methods: ["TEST"],
    types: ["control-objective"],
    origins: [{ actors: [{ type: "tool", "actor-uuid": toolId(runId) }] }],
    "relevant-evidence": [{ href: `#${uuid5(`${runId}/result.json`)}`, description: "result.json" }],
    collected: record.lastAt.at,
    ...(expires === undefined ? {} : { expires: new Date(expires).toISOString() }),
  };
}

function finding(runId: string, row: TargetedControl): object {
  const satisfied = row.met !== false;
  return {
    uuid: uuid5(`${runId}/finding/${row.framework}/${row.id}`),
    title: oneLine(`${row.id}: ${satisfied ? "evidence for" : "evidence that it is not met"}`),
    description: oneLine(row.meaning),
    target: {
      type: "objective-id",
      "target-id": row.oscal.objective,
      status: { state: satisfied ? "satisfied" : "not-satisfied", reason: satisfied ? "pass" : "fail" },
    },
    "related-observations": [{ "observation-uuid": observationId(runId) }],
  };
}

function resource(runId: string, path: string, digest: string): object {
  return {
    uuid: uuid5(`${runId}/${path}`),
    title: path,
    rlinks: [{ href: `../${path}`, hashes: [{ algorithm: "SHA-256", value: digest }] }],
  };
}

function property(name: string, value: string): object {
  return { name, ns: NAMESPACE_URI, value: oneLine(value) };
}

function toolId(runId: string): string {
  return uuid5(`${runId}/tool`);
}

function observationId(runId: string): string {
  return uuid5(`${runId}/observation`);
}

/** OSCAL strings are one line, without spaces around. */
function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, " ").trim();
}
