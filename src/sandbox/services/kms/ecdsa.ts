import { createECDH, randomBytes, type KeyObject } from "node:crypto";

/** Order of the base point of P-256 (FIPS 186-5, SP 800-186). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * ECDSA on P-256 over a digest that was made elsewhere, as KMS does for MessageType DIGEST: a DER signature. node:crypto signs
 * messages only and would hash the digest again; the point is still multiplied by it.
 */
export function signDigest(digest: Uint8Array, privateKey: KeyObject): Uint8Array {
  const secret = numberOf(Buffer.from(privateKey.export({ format: "jwk" }).d ?? "", "base64url"));
  for (;;) {
    const nonce = numberOf(randomBytes(32));
    if (nonce === 0n || nonce >= ORDER) continue;
    const r = abscissa(nonce) % ORDER;
    const s = (inverse(nonce) * (numberOf(digest) + r * secret)) % ORDER;
    if (r !== 0n && s !== 0n) return derSequence([r, s]);
  }
}

/** The first coordinate of the base point times a number. */
function abscissa(factor: bigint): bigint {
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(bytesOf(factor));
  return numberOf(curve.getPublicKey().subarray(1, 33));
}

/** By Fermat: the order is prime. */
function inverse(value: bigint): bigint {
  let [result, base] = [1n, value % ORDER];
  for (let exponent = ORDER - 2n; exponent > 0n; exponent >>= 1n, base = (base * base) % ORDER)
    if (exponent & 1n) result = (result * base) % ORDER;
  return result;
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

function bytesOf(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex");
}

/** Two positive integers: lengths are all below 128. */
function derSequence(values: readonly bigint[]): Uint8Array {
  const parts = values.map((value) => {
    const hex = value.toString(16);
    const even = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
    const positive = (even[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), even]) : even;
    return Buffer.concat([Buffer.of(0x02, positive.length), positive]);
  });
  const body = Buffer.concat(parts);
  return new Uint8Array(Buffer.concat([Buffer.of(0x30, body.length), body]));
}
