import type { Io } from "./io.ts";
import { standardError, standardOutput } from "./standard-streams.ts";

/** The real process. Node builds a stream when it is first asked for, which takes its time. */
export const processIo: Io = {
  get stdout() {
    return standardOutput();
  },
  get stderr() {
    return standardError();
  },
  get stdin() {
    return process.stdin;
  },
  env: process.env,
  cwd: process.cwd(),
};
