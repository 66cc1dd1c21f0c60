import { describe, expect, it } from "vitest";
import { evaluateTemplate } from "../../src/drill/expressions.ts";
import { Failure, toFailureRecord } from "../../src/engine/failure.ts";
import { machineFailure } from "../../src/engine/machine-failure.ts";

/** As the system's errors come: with the code, the call and, of most calls, the path. */
const refused = (code: unknown, more: object = {}) =>
  Object.assign(new Error(`${String(code)}: refused, open`), { code, syscall: "open", ...more });

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("the record of an error", () => {
  it("is a failure's own details, without what only the engine needs", () => {
    const details = { code: "no-luck", message: "no luck", fixer: "AWS", next: "wait", retryable: false } as const;
    const cause = new Error("reset");
    expect(toFailureRecord(new Failure({ ...details, cause, again: "safe" }))).toEqual(details);
    expect(new Failure({ ...details, cause })).toMatchObject({ name: "Failure", message: "no luck", cause });
  });

  it("is in words what the machine refused", () => {
    expect(toFailureRecord(refused("ENOSPC"))).toEqual({
      code: "machine-enospc",
      message: "the disk is full: ENOSPC: refused, open",
      fixer: "operator",
      next: "make room there (df -h .; df -i .), then type the command again",
    });
  });

  it("shows where in an expression the drill's author has to look", () => {
    const scope = { steps: {}, run: { id: "", startedAt: "" }, drill: { name: "" }, account: { id: "" } };
    const error = thrownBy(() =>
      evaluateTemplate("${{ steps.ghost.id }}", { ...scope, regions: { primary: "", dr: "" } }),
    );
    const record = toFailureRecord(error);
    expect(record).toMatchObject({
      fixer: "drill author",
      message: expect.stringMatching(/^an expression of the drill file failed: .*ghost/),
      next: expect.stringContaining("gameday validate"),
      code: (error as { code: string }).code,
    });
    expect(record.details?.join("\n")).toContain("^");
  });

  it("of anything else is a bug of gameday's, with where it was thrown", () => {
    const record = toFailureRecord(new TypeError("x is not a function"));
    expect(record).toMatchObject({
      code: "internal",
      message: "gameday has a bug: TypeError: x is not a function",
      fixer: "gameday",
      next: expect.stringContaining("journal"),
    });
    expect(record.details?.length).toBeLessThanOrEqual(5);
    expect(record.details?.[0]).toMatch(/^at .*failure\.test\.ts/);
    for (const line of record.details ?? []) expect(line).toMatch(/^at /);
  });

  it("of what is no error, or has no stack, says what it can", () => {
    expect(toFailureRecord("just words")).toMatchObject({ message: "gameday has a bug: just words", details: [] });
    const error = new Error("bare");
    delete error.stack;
    expect(toFailureRecord(error)).toMatchObject({ message: "gameday has a bug: Error: bare", details: [] });
  });
});

describe("what the machine refuses", () => {
  const next = (code: string) => machineFailure(refused(code, { path: "/var/runs" }))?.next;

  it.each<readonly [string, RegExp]>([
    ["EACCES", /ls -ld \/var\/runs$/],
    ["EPERM", /ls -ld \/var\/runs$/],
    ["ESTALE", /ls -ld \/var\/runs$/],
    ["EROFS", /not \/var\/runs$/],
    ["ENOSPC", /df -h \/var\/runs; df -i \/var\/runs/],
    ["EDQUOT", /df -h \/var\/runs; df -i \/var\/runs/],
    ["EFBIG", /ulimit -f/],
    ["EMFILE", /ulimit -n/],
    ["ENFILE", /ulimit -n/],
    ["EIO", /dmesg/],
    ["ENAMETOOLONG", /shorter path/],
    ["EAGAIN", /ulimit -u/],
    ["ENOMEM", /ulimit -u/],
    ...["ENOTDIR", "EISDIR", "ELOOP", "ESPIPE", "ENXIO", "EEXIST", "EBUSY"].map((code): [string, RegExp] => [
      code,
      /ls -ld \/var\/runs; move it away/,
    ]),
  ])("%s: names the command that tells more or mends it", (code, command) => {
    expect(next(code)).toMatch(command);
  });

  it("is told with the call's own path, else with the one that gameday was at, else with none", () => {
    expect(machineFailure(refused("EACCES", { path: "/its/own" }), "/at")).toMatchObject({
      message: "permission denied (/its/own): EACCES: refused, open",
    });
    for (const error of [refused("EACCES"), refused("EACCES", { path: Buffer.from("/bytes") })])
      expect(machineFailure(error, "/at")).toMatchObject({
        message: "permission denied (/at): EACCES: refused, open",
        next: expect.stringContaining("ls -ld /at"),
        cause: error,
      });
    expect(machineFailure(refused("EACCES"))).toMatchObject({
      message: "permission denied: EACCES: refused, open",
      next: expect.stringMatching(/ls -ld \.$/),
    });
  });

  it.each([
    ["/plain/path-1_2.x,y:z@%+=", "/plain/path-1_2.x,y:z@%+="],
    ["/two words", "'/two words'"],
    ["words /last", "'words /last'"],
    ["/a'b'c", "'/a'\\''b'\\''c'"],
    ["/a$(reboot)", "'/a$(reboot)'"],
    ["", "''"],
  ])("%j can be typed as it is told", (path, quoted) => {
    expect(machineFailure(refused("EACCES", { path }))?.next).toBe(`look at who may do what there: ls -ld ${quoted}`);
  });

  it.each([
    ["a call of the machine's that nobody can put right", refused("ENOENT")],
    ["a number for a code", refused(5)],
    ["an error of AWS's, which has a code and was no call", Object.assign(new Error("no"), { code: "EACCES" })],
    ["a call without a code", Object.assign(new Error("no"), { syscall: "open" })],
    ["no error", { code: "EACCES", syscall: "open", message: "no" }],
    ["nothing", undefined],
  ])("is not %s", (_what, error) => {
    expect(machineFailure(error)).toBeUndefined();
  });
});
