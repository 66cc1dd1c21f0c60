import type { IncomingMessage } from "node:http";

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/**
 * Whether a request comes from a program on this machine that means the sandbox. A web page, which may have been led here by its
 * own DNS name, sends an Origin or another Host, and browsers say of each of its requests, images included, where it comes from
 * (W3C Fetch Metadata): it must not reach a service that runs scripts.
 */
export function isLocalCaller({ headers }: IncomingMessage): boolean {
  return (
    headers.origin === undefined &&
    (headers["sec-fetch-site"] ?? "none") === "none" &&
    LOOPBACK.test(headers.host ?? "")
  );
}
