/** Lines to a stream whose reader may go away: from then on they are dropped, and the run goes on. */
export interface LineOutput {
  line(text: string): void;
  /** Resolves when everything written has left the process or cannot any more. */
  flush(): Promise<void>;
}

export function lineOutput(stream: NodeJS.WritableStream): LineOutput {
  let gone = false;
  // Stays on for good: the error of a write can come long after it, and an unheard one would end the process.
  stream.on("error", () => {
    gone = true;
  });
  return {
    line(text) {
      if (!gone) stream.write(`${text}\n`);
    },
    async flush() {
      // The callback comes with an error when the reader is gone: that ends the wait as well.
      if (!gone) await new Promise<void>((resolve) => stream.write("", () => resolve()));
    },
  };
}
