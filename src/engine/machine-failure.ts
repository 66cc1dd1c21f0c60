import type { FailureDetails } from "./failure.ts";

interface Words {
  readonly what: string;
  /** `path` is quoted for a shell; `.` where the system call named none. */
  next(path: string): string;
}

const look = (path: string) => `look at who may do what there: ls -ld ${path}`;
const room = (path: string) => `make room there (df -h ${path}; df -i ${path}), then type the command again`;
const handles = () => "allow more open files: ulimit -n 1024, then type the command again";
const kindOfFile = (path: string) =>
  `look at what is there: ls -ld ${path}; move it away if it is no file of gameday's`;
const memory = () => "end other programs or allow more processes (ulimit -u), then type the command again";

/** What the machine may say to any file or process of gameday's: nobody but its operator can put it right. */
const WORDS: Readonly<Record<string, Words>> = {
  EACCES: { what: "permission denied", next: look },
  EPERM: { what: "not permitted", next: look },
  EROFS: {
    what: "the file system is read-only",
    next: (path) => `start gameday in a folder you can write to, not ${path}`,
  },
  ENOSPC: { what: "the disk is full", next: room },
  EDQUOT: { what: "the disk quota is used up", next: room },
  EFBIG: { what: "the file would be larger than allowed", next: () => "allow larger files: ulimit -f unlimited" },
  EMFILE: { what: "too many open files in this process", next: handles },
  ENFILE: { what: "too many open files on this machine", next: handles },
  EIO: {
    what: "the disk reports an input/output error",
    next: () => "look at the machine's log (dmesg), and use another disk",
  },
  ESTALE: { what: "the network file system has lost the file", next: look },
  ENOTDIR: { what: "what should be a folder is none", next: kindOfFile },
  EISDIR: { what: "what should be a file is a folder", next: kindOfFile },
  ELOOP: { what: "its symbolic links lead in a circle", next: kindOfFile },
  ENAMETOOLONG: { what: "the path is too long", next: () => "start gameday in a folder with a shorter path" },
  ESPIPE: { what: "what should be a file is a pipe or a device", next: kindOfFile },
  ENXIO: { what: "what should be a file is a pipe or a device", next: kindOfFile },
  EEXIST: { what: "something else is in its place", next: kindOfFile },
  EBUSY: { what: "it is in use", next: kindOfFile },
  EAGAIN: { what: "the machine has no process or thread left for it", next: memory },
  ENOMEM: { what: "the machine has no memory left for it", next: memory },
};

/**
 * A system call that the machine refused, in words: what happened, the path, the next command. Undefined for any other error.
 * `path` is what gameday was at, where the call itself names none: a write to an open file does not.
 */
export function machineFailure(error: unknown, path?: string): FailureDetails | undefined {
  const refused = systemError(error);
  if (!refused) return undefined;
  const words = WORDS[refused.code];
  if (!words) return undefined;
  const at = refused.path ?? path;
  const where = at === undefined ? "" : ` (${at})`;
  return {
    code: `machine-${refused.code.toLowerCase()}`,
    message: `${words.what}${where}: ${refused.message}`,
    fixer: "operator",
    next: words.next(quoted(at ?? ".")),
    cause: error,
  };
}

interface SystemError {
  readonly code: string;
  readonly message: string;
  readonly path?: string;
}

/** Errors of system calls have a code and the call's name; errors of gameday's own or of AWS have not. */
function systemError(error: unknown): SystemError | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return undefined;
  if (typeof error.code !== "string") return undefined;
  const path = "path" in error && typeof error.path === "string" ? { path: error.path } : {};
  return { code: error.code, message: error.message, ...path };
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
