import { createHash } from "node:crypto";

/** The namespace of gameday's own names: the UUIDv5 of `urn:gameday` in the URL namespace of RFC 9562. */
const NAMESPACE = uuid5("urn:gameday", "6ba7b811-9dad-11d1-80b4-00c04fd430c8");

/** UUID version 5 of RFC 9562: the same name gives the same UUID. */
export function uuid5(name: string, namespace: string = NAMESPACE): string {
  const hash = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name)
    .digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString("hex", 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
