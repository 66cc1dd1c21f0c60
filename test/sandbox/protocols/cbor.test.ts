import { cbor } from "@smithy/core/cbor";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdsBignum } from "../../../src/sandbox/protocols/rpc-cbor.ts";

const bytes = (...parts: readonly (number | Uint8Array)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.of(part) : part)));

/** A byte string with its length in as many bytes as it needs. */
const text = (length: number) => cbor.serialize(new Uint8Array(length).fill(0xc2));

describe("a body with an integer of any length", () => {
  it.each([
    ["a long one", bytes(0xc2, text(2 ** 21))],
    ["a negative one", bytes(0xc3, text(1))],
    ["one whose tag is written longer than it need be", bytes(0xd8, 2, text(1))],
    ["one in a list in a map", bytes(0xa1, 0x61, 0x61, 0x82, 0x01, 0xc2, text(9))],
    ["one behind a string of the bytes that would announce one", bytes(0x82, text(300), 0xc2, text(9))],
    ["one in a list of indefinite length", bytes(0x9f, 0x01, 0xc2, text(9), 0xff)],
  ])("is known by %s", (_what, body) => expect(holdsBignum(body)).toBe(true));

  it("is none of what clients send: strings, numbers, instants, lists and maps", () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.string(),
        fc.integer(),
        fc.double({ noNaN: true }),
        fc.boolean(),
        fc.uint8Array({ maxLength: 300 }),
        fc.array(tie("value")),
        fc.dictionary(fc.string(), tie("value")),
      ),
    }));
    fc.assert(fc.property(value, (sent) => holdsBignum(Buffer.from(cbor.serialize(sent))) === false));
  });

  it("is told in any bytes without failing", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (body) => void holdsBignum(Buffer.from(body))));
  });
});
