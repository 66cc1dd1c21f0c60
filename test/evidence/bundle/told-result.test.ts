import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foldEvents } from "../../../src/engine/fold.ts";
import { readToldResult } from "../../../src/evidence/bundle/told-result.ts";
import { Wrong } from "../../../src/evidence/bundle/wrong.ts";
import { RUN_ID } from "../events.ts";
import { resumedRehearsal } from "../runs.ts";
import { chained } from "./small-bundle.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "gameday-told-"))));
afterAll(() => rm(folder, { recursive: true }));

/** Begun by 0.1.0, taken up again by 0.2.0. */
const events = resumedRehearsal().map((event) =>
  event.type === "run-resumed" ? { ...event, versions: { ...event.versions, gameday: "0.2.0" } } : event,
);
const chain = chained(events, undefined);
const journal = { events: chain.events, tail: chain.tail, tornBytes: 0, wholeBytes: chain.text.length };
const record = foldEvents(chain.events);

/** The version that is said to have rendered the result, or what is wrong with it. */
async function told(result: unknown, version = "0.3.0"): Promise<string> {
  await writeFile(join(folder, "result.json"), typeof result === "string" ? result : JSON.stringify(result));
  return readToldResult(folder, { record, journal, version }).then(
    ({ renderedBy, content }) => `${renderedBy} of ${JSON.stringify(content["run"])}`,
    (error: unknown) => {
      if (error instanceof Wrong && error.file === "result.json") return error.what;
      throw error;
    },
  );
}

const run = { id: RUN_ID };
const whole = (version: string) => `${version} of ${JSON.stringify(run)}`;

describe("result.json", () => {
  it("is rendered by a version that the journal names, or the one that verifies", async () => {
    expect(await told({ run, renderedBy: "0.1.0" })).toBe(whole("0.1.0"));
    expect(await told({ run, renderedBy: "0.2.0" })).toBe(whole("0.2.0"));
    expect(await told({ run, renderedBy: "0.3.0" })).toBe(whole("0.3.0"));
    const others = "and the journal names 0.1.0, 0.2.0: gameday bundle makes the bundle again";
    expect(await told({ run, renderedBy: "0.4.0" })).toBe(`it says that gameday 0.4.0 has rendered it, ${others}`);
    for (const renderedBy of [undefined, 1, ["0.1.0"]])
      expect(await told({ run, renderedBy })).toBe(`it says that no gameday has rendered it, ${others}`);
  });

  it("is of the run", async () => {
    const wrong = `it is not of run ${RUN_ID}`;
    expect(await told({ run: { id: "01OTHER" }, renderedBy: "0.1.0" })).toBe(wrong);
    expect(await told({ run: RUN_ID, renderedBy: "0.1.0" })).toBe(wrong);
    expect(await told({ renderedBy: "0.1.0" })).toBe(wrong);
  });

  it("is a JSON object", async () => {
    for (const text of ["", "no JSON", "[]", "null", "7"]) expect(await told(text)).toBe("it is not a JSON object");
  });
});
