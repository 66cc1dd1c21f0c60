import type { RunRecord } from "../../engine/record.ts";
import { evidenceClassOf } from "../attestation/evidence-class.ts";
import type { PublicKeyInfo } from "../signing/signer.ts";

/** How to check the bundle with sha256sum and openssl alone. The commands are run by gameday's own tests. */
export function bundleReadme(record: RunRecord, key: PublicKeyInfo): string {
  const simulated = evidenceClassOf(record) === "emulated";
  return `Evidence of one run of a disaster-recovery drill, written by gameday.

run       ${record.run.runId}
drill     ${record.run.drill.name}
evidence  ${simulated ? "SIMULATED: a rehearsal. It proves the drill, never that AWS would have recovered anything." : "live"}
key       ${key.keyId} (${key.algorithm})

This is evidence for controls; it certifies nothing. Read report.md first.
In this folder, in a POSIX shell:

1. Every file is the one that the manifest lists:

    sha256sum -c --quiet MANIFEST.sha256

2. The manifest is the one that was signed:

    T=$(mktemp -d)
    sed 's/.*"payload":"\\([^"]*\\)".*/\\1/' attestations/result.intoto.jsonl | openssl base64 -d -A > $T/body
    sed 's/.*"sig":"\\([^"]*\\)".*/\\1/' attestations/result.intoto.jsonl | openssl base64 -d -A > $T/sig
    { printf 'DSSEv1 28 application/vnd.in-toto+json %s ' $(wc -c < $T/body); cat $T/body; } > $T/signed
    ${opensslVerify(key)}
    grep -q "\\"name\\":\\"MANIFEST.sha256\\",\\"digest\\":{\\"sha256\\":\\"$(sha256sum < MANIFEST.sha256 | cut -c 1-64)\\"" $T/body && echo "manifest: OK"

   $T/body is the statement itself, as JSON: the result, and what it is about.

3. The key is the one you expect. Compare this with a key id that you did not get from this bundle:

    openssl pkey -pubin -in keys/signer.pub.pem -outform DER | sha256sum

4. What was intended, signed before the first call that changed anything: the same as 2 with intent.intoto.jsonl.
   Reviews are in review.intoto.jsonl, one a line, each with its reviewer's own key (publicKey in the statement).

5. The order of the journal: each line of journal.jsonl holds in "prev" the SHA-256 of the line before it. The last
   line's is "head" in the signed result:

    tail -n 1 journal.jsonl | tr -d '\\n' | sha256sum

What this does not show: a signature proves that nothing changed since whoever holds the key has signed. Whether all runs
are shown, the ledger of runs tells (.gameday/ledger.jsonl, outside of this bundle).
`;
}

function opensslVerify({ algorithm }: PublicKeyInfo): string {
  return algorithm === "Ed25519"
    ? "openssl pkeyutl -verify -pubin -inkey keys/signer.pub.pem -rawin -in $T/signed -sigfile $T/sig"
    : "openssl dgst -sha256 -verify keys/signer.pub.pem -signature $T/sig $T/signed";
}
