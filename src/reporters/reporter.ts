import type { JournaledEvent } from "../engine/events.ts";
import type { RunRecord } from "../engine/record.ts";

/** Listens to a run; changes nothing. Both hooks are optional. */
export interface Reporter {
  /** What a crash of it is reported under. */
  readonly name: string;
  /** Every event, after it is on disk. Must return at once. */
  onEvent?(event: JournaledEvent): void;
  /** The run is over. */
  finish?(record: RunRecord): Promise<void>;
}

export interface ReporterHub {
  onEvent(event: JournaledEvent): void;
  /** One reporter after the other, in their order: the live view is gone before the summary is printed. */
  finish(record: RunRecord): Promise<void>;
}

export interface ReporterCrash {
  readonly reporter: string;
  readonly error: unknown;
}

/**
 * Many reporters as one. One that crashes is told to `onCrash` once and hears no further events; the run goes on.
 * It is still asked to finish, so that it can give back what it holds (a terminal's cursor).
 */
export function reporterHub(reporters: readonly Reporter[], onCrash: (crash: ReporterCrash) => void): ReporterHub {
  const crashed = new Set<Reporter>();
  const crash = (reporter: Reporter, error: unknown) => {
    if (crashed.has(reporter)) return;
    crashed.add(reporter);
    onCrash({ reporter: reporter.name, error });
  };
  return {
    onEvent(event) {
      for (const reporter of reporters)
        if (!crashed.has(reporter)) attempt(() => reporter.onEvent?.(event), reporter, crash);
    },
    async finish(record) {
      for (const reporter of reporters) await finishOne(reporter, record, crash);
    },
  };
}

type Crash = (reporter: Reporter, error: unknown) => void;

function attempt(work: () => void, reporter: Reporter, crash: Crash): void {
  try {
    work();
  } catch (error) {
    crash(reporter, error);
  }
}

async function finishOne(reporter: Reporter, record: RunRecord, crash: Crash): Promise<void> {
  try {
    await reporter.finish?.(record);
  } catch (error) {
    crash(reporter, error);
  }
}
