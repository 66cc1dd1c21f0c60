import { describe, expect, it } from "vitest";
import { Redaction } from "../../src/engine/redaction.ts";

/** What a text is once the secrets are known. */
function blankedOf(text: string, ...secrets: readonly string[]): string {
  const redaction = new Redaction();
  for (const secret of secrets) redaction.add(secret);
  return redaction.text(text);
}

describe("what is blanked", () => {
  it("is nothing as long as no secret is known, or none that could be told from a word", () => {
    const redaction = new Redaction();
    expect([redaction.isEmpty, redaction.text("abc")]).toEqual([true, "abc"]);
    redaction.add("abc");
    expect([redaction.isEmpty, redaction.text("abc")]).toEqual([true, "abc"]);
    redaction.add("abcd");
    expect([redaction.isEmpty, redaction.text("abc abcd")]).toEqual([false, "abc [redacted]"]);
  });

  it.each([
    [
      "each time it stands there",
      "pw1234 and pw1234, pw1234pw1234.",
      ["pw1234"],
      "[redacted] and [redacted], [redacted][redacted].",
    ],
    ["from the first to the last character", "a long-secret-word b", ["long-secret-word"], "a [redacted] b"],
    [
      "several secrets that overlap as one",
      "x first-second-third y",
      ["first-second", "second-third"],
      "x [redacted] y",
    ],
    ["a secret inside of another with it", "x outer-inner-outer y", ["inner", "outer-inner-outer"], "x [redacted] y"],
    [
      "those of one beginning each by itself",
      "longword-a longword-b",
      ["longword-a", "longword-b"],
      "[redacted] [redacted]",
    ],
    [
      "each line of one with several",
      "said line-one, then line-two",
      ["line-one\nline-two"],
      "said [redacted], then [redacted]",
    ],
    ["a line of four characters", "for ever", ["ever\nof-a-long-secret"], "for [redacted]"],
    ["what a tool has wrapped", "x wrapped-\n  secret y", ["wrapped-secret"], "x [redacted] y"],
    ["what a shell has escaped and wrapped", "x wrapped-\\nsecret y", ["wrapped-secret"], "x [redacted] y"],
    [
      "as a URL has it",
      "?q=a%20b%26c-word or ?q=a+b%26c-word, %26 as %2f",
      ["a b&c-word"],
      "?q=[redacted] or ?q=[redacted], %26 as %2f",
    ],
    ["as JSON has it", '{"p":"say \\"hi\\""}', ['say "hi"'], '{"p":"[redacted]"}'],
    ["a short one only where it stands in one piece", "ab cd abcd", ["abcd"], "ab cd [redacted]"],
    [
      "in hex, written in any way",
      "616263646566 61:62:63:64:65:66 \\x61\\x62\\x63\\x64\\x65\\x66",
      ["abcdef"],
      "[redacted] [redacted] \\x[redacted]",
    ],
    [
      "in hex within a longer name",
      "key_6a6b6c6d6e6f_a key_6A6B6C6D6E6F_b",
      ["jklmno"],
      "key_[redacted]_a key_[redacted]_b",
    ],
    ["in hex at the beginning of a line", "61 62 63 64 65 66 done", ["abcdef"], "[redacted] done"],
    [
      "bytes from the middle of a long one",
      "sent 72:64:2d:6f:66:2d:6d:69 so far",
      ["a-long-secret-word-of-mine"],
      "sent [redacted] so far",
    ],
    ["the Base64 of a short one", "Basic YWJjZA==", ["abcd"], "Basic [redacted]"],
    ["one of eight characters that was wrapped", "abcd\nefgh abcd", ["abcdefgh"], "[redacted] abcd"],
    ["in a URL with small digits", "?q=p%2fword%3ax", ["p/word:x"], "?q=[redacted]"],
    ["in the dump of od", "0000000 6d 6e 6f 70\n0000004 71 72 73 74\n", ["mnopqrst"], "0000000 [redacted]\n"],
    [
      "in a dump, beside its offsets and margin",
      "00000000 6d 6e 6f 70  |mnop|\n00000004 71 72 73 74  |qrst|",
      ["mnopqrst"],
      "00000000 [redacted]  |qrst|",
    ],
  ] as const)("%s", (_what, text, secrets, expected) => {
    expect(blankedOf(text, ...secrets)).toBe(expected);
  });

  it.each([
    ["half of a secret", "long-sec", "long-secret-word"],
    ["the end of one, which may be a name", "secret-word-of-mine-for-you", "a-long-secret-word-of-mine-for-you"],
    ["the beginning of one that goes on otherwise", "a-long-secret-word-of-YOURS", "a-long-secret-word-of-mine"],
    ["a short beginning where the text ends", "it is a-long-secret", "a-long-secret-word-of-mine"],
    [
      "a piece of Base64 that could be a word",
      Buffer.from("a-long-secret-word").toString("base64").slice(0, 15),
      "a-long-secret-word",
    ],
    ["hex of something else", "61:62:63:64:65:67", "abcdef"],
    ["a word or a number where the value has three characters", "abc 616263 61 62 63 a%20b YWJj 612062", "abc"],
    ["a number where the value has one", "6162 61", "a"],
    ["an escape where the value has three characters", "a%20b", "a b"],
    ["a line of three characters", "the end of it", "end\nof-a-long-secret"],
    ["a few characters of Base64, which could be a word", "YWJjZA", "abcd"],
    ["a count before a word", "1234567 rows were read", "a-long-secret-word"],
  ])("is not %s", (_what, text, secret) => {
    expect(blankedOf(text, secret)).toBe(text);
  });

  it("is a piece of Base64 from sixteen characters on, wherever it begins", () => {
    const secret = "a-long-secret-word-of-mine-for-you";
    const encoded = Buffer.from(secret).toString("base64");
    for (let at = 0; at + 16 <= encoded.length - 3; at++)
      expect(blankedOf(`<${encoded.slice(at, at + 16)}>`, secret), `from ${at}`).toBe("<[redacted]>");
  });

  it("is one in the Base64 of a longer text, and of that no more than the characters it has a part in", () => {
    const secret = "~~secret??word>>of>mine~~";
    for (const before of ["", "u", "u:", "us:", "user:"])
      for (const form of ["base64", "base64url"] as const) {
        const [head, tail] = blankedOf(Buffer.from(`${before}${secret}-tail`).toString(form), secret).split(
          "[redacted]",
        );
        expect(Buffer.from(head!, form).toString(), `${before} in ${form}`).toBe(before);
        const around = Buffer.from(`${before}-tail`).toString(form);
        expect(head!.length + tail!.length).toBeLessThanOrEqual(around.length + 4);
      }
  });

  it("is the same whether a secret is told once or twice", () => {
    expect(blankedOf("my-secret-word", "my-secret-word", "my-secret-word")).toBe("[redacted]");
  });
});

describe("redaction", () => {
  it("finds the beginning of one where output was cut off, and leaves a name that a longer secret holds", () => {
    const redaction = new Redaction();
    redaction.add("postgres://app:hunter22@orders-db.internal/orders");
    expect(redaction.text("printed postgres://app:hunter22@or")).toBe("printed [redacted]");
    expect(redaction.text("connected to orders-db.internal/orders")).toBe("connected to orders-db.internal/orders");
  });

  it("leaves ordinary text as it is, whatever its length and whatever stands in it", () => {
    const redaction = new Redaction();
    redaction.add("github_pat_11ABCDEFG0123456789abcdefghijklmnop");
    for (const text of [
      "github",
      "a pat on the back",
      "[redacted]",
      "0000010 61 62 63",
      "x".repeat(10_000),
      "Z2l0aHVi",
    ])
      expect(redaction.text(text)).toBe(text);
  });
});
