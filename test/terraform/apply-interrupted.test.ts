import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { APPLY, callsOf, failureOf, fake, HELLO, startRig } from "./terraform-run.ts";

describe("interrupted and killed", () => {
  /** It hears signals before it says that it is at work. */
  const UNTIL_INTERRUPTED = [HELLO, ["state", 1], ["interruptible", "t.n"], ["start", "t.n"]] as const;

  test("an abort sends exactly one SIGINT, waits for the end, and destroys what is in the state", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({ apply: UNTIL_INTERRUPTED }),
      onEvent: (event) => {
        if (event.type === "step-progress" && event.message.startsWith("t.n: Creating")) rig.abort("SIGINT");
      },
    });
    const { record } = await rig.result;
    expect(record.steps[0]).toMatchObject({ outcome: "aborted" });
    expect((await callsOf(rig)).map((call) => call.command)).toEqual(["init", "version", "apply", "SIGINT", "destroy"]);
    expect(record.ledger).toMatchObject([{ state: "deleted" }]);
  });

  test("killed in the middle of a creation: the resource is in no state, so teardown says what may remain", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({
        apply: [HELLO, ["start", "t.done"], ["complete", "t.done"], ["state", 1], ["start", "t.lost"], ["killed"]],
      }),
    });
    expect(await failureOf(rig)).toMatchObject({
      code: "terraform-killed",
      message: "terraform apply was killed by SIGKILL",
    });
    const leaked = rig.events.find((event) => event.type === "resource-leaked");
    expect(leaked?.failure).toMatchObject({ code: "terraform-state-lost", details: ["t.lost"] });
    expect(leaked?.failure.next).toContain("Key=gameday:run,Values=01TEST");
    expect((await callsOf(rig)).map((call) => call.command)).toContain("destroy");
  });

  test("a state without a byte is not an empty one", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({ apply: [HELLO, ["start", "t.n"], ["write", "terraform.tfstate", ""], ["killed"]] }),
    });
    expect(await failureOf(rig)).toMatchObject({ code: "terraform-state-lost" });
    expect((await rig.result).record.ledger).toMatchObject([{ state: "leaked" }]);
  });

  test("killed before anything was begun: never created", async () => {
    const rig = await startRig({ steps: [APPLY], files: fake({ apply: [HELLO, ["killed"]] }) });
    const { record } = await rig.result;
    expect(record.ledger.map((entry) => entry.state)).toEqual(["deleted"]);
    expect((await callsOf(rig)).map((call) => call.command)).not.toContain("destroy");
  });

  test("a state that could not be written is in errored.tfstate, and teardown uses it", async () => {
    const errored = JSON.stringify({ version: 4, serial: 3, resources: [{ mode: "managed", instances: [{}] }] });
    const rig = await startRig({
      steps: [APPLY],
      files: fake({
        apply: [HELLO, ["start", "t.n"], ["complete", "t.n"], ["write", "errored.tfstate", errored], ["exit", 1]],
      }),
    });
    expect(await failureOf(rig)).toMatchObject({ code: "terraform-state-unwritten" });
    expect((await rig.result).record.ledger).toMatchObject([{ state: "deleted" }]);
    expect((await callsOf(rig)).map((call) => call.command)).toContain("destroy");
  });

  test("a destroy that fails leaks the stack by name, with Terraform's diagnostics", async () => {
    const rig = await startRig({
      steps: [APPLY],
      files: fake({ destroy: [HELLO, ["diagnostic", { summary: "DependencyViolation" }], ["exit", 1]] }),
    });
    const { record } = await rig.result;
    expect(record.ledger).toMatchObject([{ id: "terraform/it", state: "leaked" }]);
    const leaked = rig.events.find((event) => event.type === "resource-leaked");
    expect(leaked?.failure.message).toBe("terraform destroy failed: DependencyViolation");
    expect(await readFile(join(rig.runFolder, "terraform/it/terraform.tfstate"), "utf8")).toContain("managed");
  });

  test("a destroy that says it succeeded and left resources in the state is not believed", async () => {
    const rig = await startRig({ steps: [APPLY], files: fake({ destroy: [HELLO, ["summary", "destroy"]] }) });
    expect((await rig.result).record.ledger).toMatchObject([{ state: "leaked" }]);
  });
});
