import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leadsTo, rootsOf } from "../../src/aws/private-authority.ts";

const opensslIsThere = spawnSync("openssl", ["version"]).status === 0;
const folder = mkdtempSync(join(tmpdir(), "gameday-chain-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Issued by one of the same folder, or by itself. */
function issued(name: string, { by, authority }: { readonly by?: string; readonly authority: boolean }): string {
  const at = (suffix: string, of = name) => join(folder, `${of}.${suffix}`);
  writeFileSync(at("ext"), `basicConstraints=critical,CA:${authority}\n`);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at("key")];
  execFileSync("openssl", ["req", ...key, "-out", at("csr"), "-subj", `/CN=${name}`], { stdio: "ignore" });
  const self = ["-signkey", at("key")];
  const signed = by === undefined ? self : ["-CA", at("pem", by), "-CAkey", at("key", by), "-CAcreateserial"];
  const args = ["x509", "-req", "-in", at("csr"), ...signed, "-extfile", at("ext"), "-out", at("pem")];
  execFileSync("openssl", args, { stdio: "ignore" });
  return readFileSync(at("pem"), "utf8");
}

it("each root that Node.js brings along leads to itself", () => {
  const roots = rootsOf(rootCertificates);
  for (const pem of rootCertificates) expect(leadsTo(roots, [new X509Certificate(pem)])).toBe(true);
});

describe.skipIf(!opensslIsThere)("a server's chain", () => {
  let pems: Readonly<Record<"root" | "between" | "server" | "other" | "below", string>>;
  beforeAll(() => {
    pems = {
      root: issued("root", { authority: true }),
      between: issued("between", { by: "root", authority: true }),
      server: issued("server", { by: "between", authority: false }),
      other: issued("other", { authority: true }),
      below: issued("below", { by: "server", authority: false }),
    };
  });
  const leads = (root: keyof typeof pems, ...names: readonly (keyof typeof pems)[]) =>
    leadsTo(
      rootsOf([pems[root]]),
      names.map((name) => new X509Certificate(pems[name])),
    );

  it("leads to the root that has issued any certificate of it, sent along or not", () => {
    expect(leads("root", "server", "between")).toBe(true);
    expect(leads("root", "server", "between", "root")).toBe(true);
    expect(leads("between", "server")).toBe(true);
  });

  it("leads nowhere when nothing of it was issued by a root, or by what is behind it", () => {
    expect(leads("other", "server", "between", "root")).toBe(false);
    expect(leads("other", "server", "between", "other")).toBe(false);
    expect(leads("root", "server", "root")).toBe(false);
    expect(leads("root")).toBe(false);
  });

  it("leads nowhere by a server that issues certificates", () => {
    expect(leads("root", "below", "server", "between")).toBe(false);
  });
});
