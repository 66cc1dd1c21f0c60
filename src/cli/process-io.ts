import type { Io } from "./io.ts";

/** The real process. Node builds a stream when it is first asked for, which takes its time. */
export const processIo: Io = {
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
  get stdin() {
    return process.stdin;
  },
  env: process.env,
  cwd: process.cwd(),
};
