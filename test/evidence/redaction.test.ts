import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { masked, maskKey, resourceNames } from "../../src/evidence/redaction/mask.ts";
import { secretIn, secretInText } from "../../src/evidence/redaction/secret-scan.ts";
import { REPORT_FORMATS } from "../../src/reporters/format-names.ts";
import { renderReport } from "../../src/reporters/formats.ts";
import { resultOf } from "../../src/evidence/result/result.ts";
import { resultOfRun } from "../reporters/results.ts";
import { recordOf, type Timed } from "./journaled.ts";
import { passedRehearsal } from "./runs.ts";

/** Put together here, so that no scanner takes this file for a leak. */
const SECRETS: Readonly<Record<string, string>> = {
  "AWS access key id": `AKIA${"ABCDEFGH23456789"}`,
  "AWS secret access key": `aws_secret_access_key = ${"wJalr/K7".repeat(5)}`,
  "session token": `"sessionToken":"${"FwoGZXIv".repeat(8)}"`,
  "private key": `-----BEGIN EC ${"PRIVATE"} KEY-----`,
  "JSON Web Token": `eyJ${"hbGciOiJI".repeat(2)}.eyJ${"zdWIiOiIx".repeat(2)}.${"c2lnbmF0dXJl".repeat(2)}`,
  "presigned URL": "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=A&X-Amz-Signature=00ff",
  "URL with a password": "postgres://app:hunter22@db.internal/orders",
  "GitHub token": `ghp_${"a1B2".repeat(9)}`,
  "Slack token": `xoxb-${"123456789012"}-abc`,
  "Slack webhook": "https://hooks.slack.com/services/T000/B000/x",
  password: "psql --password=correcthorse",
};

function leaking(text: string): Timed[] {
  const finding: Timed = { t: 3, type: "finding", code: "x", severity: "warning", message: `said ${text} twice` };
  return passedRehearsal().toSpliced(5, 0, finding);
}

describe("the scan for secrets", () => {
  it.each(Object.entries(SECRETS))("finds: %s", async (pattern, secret) => {
    expect(secretInText(`first\n${secret}`)).toEqual({ pattern, field: "line 2" });
    const result = resultOf(recordOf(leaking(secret)));
    for (const format of REPORT_FORMATS) {
      const error = await renderReport(result, format).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ details: { code: "secret-in-report" } });
      expect(String(error)).toMatch(`(${pattern}) in findings[0].message`);
      expect(JSON.stringify(error)).not.toContain(secret);
    }
  });

  it("lets every ordinary report pass", async () => {
    for (const name of ["passed-rehearsal", "failed-verification", "refused", "hostile-names"] as const)
      for (const format of REPORT_FORMATS) expect(await renderReport(resultOfRun(name), format)).not.toBe("");
  });

  it.each([
    "postgres://app:[redacted]@db.internal/orders",
    String.raw`postgres://app:\[redacted\]@db.internal/orders`,
    "psql --password=[redacted] -h db",
    String.raw`{"out":"api_key=\"[redacted]\""}`,
  ])("takes what was blanked for no secret: %s", (text) => {
    expect(secretInText(text)).toBeUndefined();
  });

  it.each(["postgres://app:[redacted]tail@db/orders", "--password=[redacted]tail", "postgres://u:x[redacted]@db"])(
    "takes what was blanked in part for one: %s",
    (text) => expect(secretInText(text)).toBeDefined(),
  );

  it("takes time linear in the text", () => {
    for (const unit of ["eyJa.", "a://b:", "X-Amz-", "AKIA", "-----BEGIN ", "password", "sessiontoken  "])
      expect(secretInText(unit.repeat(200_000))).toBeUndefined();
  });

  it("names the path to what it finds", () => {
    expect(secretIn({ a: [{ b: "x" }, { b: SECRETS["Slack token"] }] })).toEqual({
      pattern: "Slack token",
      field: "a[1].b",
    });
  });
});

const KEY = { key: maskKey(new TextEncoder().encode("0123456789abcdef0123456789abcdef")) };

describe("masking", () => {
  it("puts the same pseudonym for the same account, and leaves no account id and no ARN's name", () => {
    const text = JSON.stringify(resultOf(masked(recordOf(passedRehearsal()), KEY)));
    expect(text).not.toContain("111122223333");
    expect(text).not.toContain("assumed-role/GameDay");
    const pseudonyms = new Set(text.match(/acct-[0-9a-f]{10}/g));
    expect(pseudonyms.size).toBe(1);
    expect(text).toMatch(/arn:aws:sts::acct-[0-9a-f]{10}:res-[0-9a-f]{10}/);
  });

  it("masks resource ids and the machine's name too where that is asked for, each id the same everywhere", () => {
    const record = recordOf(passedRehearsal());
    const ids = ["snap-0d0d0d0d000000002", "snap-0a0a0a0a000000001", "vol-0feedface00000001"];
    const plain = JSON.stringify(masked(record, KEY));
    for (const id of ids) expect(plain).toContain(id);
    const text = JSON.stringify(
      masked(
        { record, note: "vol-0feedface00000001 of i-0123456789abcdef0 at 10.1.2.3" },
        { ...KEY, names: resourceNames(record) },
      ),
    );
    for (const id of [...ids, "i-0123456789abcdef0", "10.1.2.3", '"runner"']) expect(text).not.toContain(id);
    const [volume] = text.match(/vol-[0-9a-f]{10}(?![0-9a-f])/) ?? [];
    expect(text).toMatch(new RegExp(`"note":"${volume} of i-[0-9a-f]{10} at ip-[0-9a-f]{10}"`));
    expect(text).toContain(record.run.drill.sha256);
  });

  it("depends on the key", () => {
    const other = maskKey(new TextEncoder().encode("another key of 16 bytes or more"));
    expect(masked("111122223333", KEY)).not.toBe(masked("111122223333", { key: other }));
    expect(() => maskKey(new TextEncoder().encode("short"))).toThrow("at least 16");
  });

  it("hides every account id, wherever it stands by itself", () => {
    const account = fc.stringMatching(/^\d{12}$/);
    fc.assert(
      fc.property(
        account,
        fc.constantFrom("", " ", ":", "/", "("),
        fc.constantFrom("", " ", ":", "/", ")"),
        (id, before, after) => {
          expect(masked({ [`${before}${id}${after}`]: `${before}${id}${after}` }, KEY)).not.toSatisfy((data: object) =>
            JSON.stringify(data).includes(id),
          );
        },
      ),
    );
  });

  it("leaves hashes, sizes and instants alone", () => {
    const hash = "9f2c1d111122223333aa".padEnd(64, "0");
    expect(masked({ hash, bytes: 111122223333, at: iso }, KEY)).toEqual({ hash, bytes: 111122223333, at: iso });
  });
});

const iso = "2026-11-20T10:00:00.000Z";
