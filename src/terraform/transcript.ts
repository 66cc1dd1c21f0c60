import { plainText } from "./diagnostics.ts";
import { parseUiLine, type Diagnostic, type HookEvent, type UiEvent } from "./ui-events.ts";

/** Lines of text kept for the failure message when Terraform says nothing structured. */
const KEPT_TEXT_LINES = 20;
const KEPT_DIAGNOSTICS = 50;

type Outputs = Extract<UiEvent, { type: "outputs" }>["outputs"];
type Progress = (message: string, fraction?: number) => void;

/** What one terraform command has said, put together line by line. */
export class Transcript {
  readonly diagnostics: Diagnostic[] = [];
  /** The last lines that are no part of the machine-readable UI. */
  readonly text: string[] = [];
  /** Wall time of each finished resource action in milliseconds, by address. */
  readonly durations = new Map<string, number>();
  /** Addresses whose creation began. */
  readonly creations = new Set<string>();
  /** Resource actions that began and of whose end nothing was said: action and start, by address. */
  readonly inFlight = new Map<string, { readonly action: string; readonly at: number }>();
  /** Every output of the configuration, null ones included, as the plan names them. */
  plannedOutputs: Outputs = {};
  /** Those of the end, with values and without the null ones; undefined when Terraform has not told them, or in a line too long to keep. */
  outputs: Outputs | undefined;
  /** The major version of the UI; undefined until Terraform has introduced itself. */
  uiVersion: string | undefined;
  /** The change summary of an apply or destroy that came to its end. */
  finished = false;
  #planned = 0;
  #done = 0;
  readonly #progress: Progress;

  constructor(progress: Progress = () => undefined) {
    this.#progress = progress;
  }

  readonly line = (line: string): void => {
    const event = parseUiLine(line);
    if (event === "text") this.#addText(line);
    else if (event !== "other") this.#take(event);
  };

  #addText(line: string): void {
    this.text.push(plainText(line));
    if (this.text.length > KEPT_TEXT_LINES) this.text.shift();
  }

  #take(event: UiEvent): void {
    switch (event.type) {
      case "version":
        this.uiVersion = event.ui;
        return;
      case "diagnostic":
        if (this.diagnostics.length < KEPT_DIAGNOSTICS) this.diagnostics.push(event.diagnostic);
        return;
      case "outputs":
        // Only a plan says what it is going to do with them.
        if (Object.values(event.outputs).some(({ action }) => action !== undefined))
          this.plannedOutputs = event.outputs;
        else this.outputs = event.outputs;
        return;
      case "change_summary":
        this.#summary(event.changes);
        this.#say(event["@message"]);
        return;
      default:
        this.#hook(event);
    }
  }

  #summary(changes: { add: number; change: number; remove: number; operation: string }): void {
    if (changes.operation === "plan") this.#planned = changes.add + changes.change + changes.remove;
    else this.finished = true;
  }

  #hook(event: HookEvent): void {
    const { resource, action } = event.hook;
    const at = Date.parse(event["@timestamp"]);
    if (event.type === "apply_start") {
      this.inFlight.set(resource.addr, { action, at });
      if (action === "create") this.creations.add(resource.addr);
    } else if (event.type !== "apply_progress") {
      this.#ended(resource.addr, at);
    }
    this.#say(event["@message"]);
  }

  #ended(address: string, at: number): void {
    const begun = this.inFlight.get(address);
    if (!begun) return;
    this.inFlight.delete(address);
    // Data sources are read beside the planned changes.
    if (begun.action !== "read") this.#done++;
    if (at >= begun.at) this.durations.set(address, at - begun.at);
  }

  #say(message: string): void {
    const fraction = this.#planned > 0 ? Math.min(1, this.#done / this.#planned) : undefined;
    this.#progress(plainText(message), fraction);
  }
}
