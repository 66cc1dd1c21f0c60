import { X509Certificate } from "node:crypto";
import { checkServerIdentity, rootCertificates, TLSSocket } from "node:tls";

/** Certificates of authorities that the public trusts, by their subject. */
type Roots = ReadonlyMap<string, readonly X509Certificate[]>;

/** More than any chain of a public authority has. */
const LONGEST_CHAIN = 8;
const LONGEST_NAME = 100;

let bundled: Roots | undefined;
const judged = new WeakMap<TLSSocket, string | undefined>();

/**
 * Who vouches for the server at the other end of a connection, where that is nobody the public trusts: an authority of this machine's
 * own (`NODE_EXTRA_CA_CERTS`, the system's store), as proxies that look into TLS and stand-ins for AWS have it. Undefined for a server
 * whose certificates lead to a root that Node.js brings along, and for connections without TLS.
 */
export function privateAuthority(socket: unknown, host: string): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  if (!judged.has(socket)) judged.set(socket, judge(socket, host));
  return judged.get(socket);
}

function judge(socket: TLSSocket, host: string): string | undefined {
  const chain = chainOf(socket);
  bundled ??= rootsOf(rootCertificates);
  const isItself = chain.length > 0 && checkServerIdentity(host, socket.getPeerCertificate()) === undefined;
  return isItself && leadsTo(bundled, chain) ? undefined : nameOf(chain);
}

export function rootsOf(pems: readonly string[]): Roots {
  const roots = new Map<string, X509Certificate[]>();
  for (const pem of pems) {
    const root = new X509Certificate(pem);
    const known = roots.get(root.subject);
    if (known) known.push(root);
    else roots.set(root.subject, [root]);
  }
  return roots;
}

/** From the server's own certificate on, each with the one that has issued it behind. */
function chainOf(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  // Without a certificate it is an empty object.
  let next = socket.getPeerCertificate(true) as Partial<ReturnType<TLSSocket["getPeerCertificate"]>>;
  while (next?.raw && chain.length < LONGEST_CHAIN) {
    chain.push(new X509Certificate(next.raw));
    const issuer = (next as { readonly issuerCertificate?: typeof next }).issuerCertificate;
    if (!issuer || issuer.fingerprint256 === next.fingerprint256) break;
    next = issuer;
  }
  return chain;
}

/** A root may have issued any certificate of the chain: servers send those of older roots along. */
export function leadsTo(roots: Roots, chain: readonly X509Certificate[]): boolean {
  for (const [index, certificate] of chain.entries()) {
    if (roots.get(certificate.issuer)?.some((root) => hasIssued(root, certificate))) return true;
    const issuer = chain[index + 1];
    if (!issuer || !hasIssued(issuer, certificate)) return false;
  }
  return false;
}

function hasIssued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function nameOf(chain: readonly X509Certificate[]): string {
  const name = chain.at(-1)?.issuer.split("\n").at(-1) ?? "nobody";
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
}
