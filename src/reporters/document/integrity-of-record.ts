import type { Result } from "../../evidence/result/result.ts";
import { counted } from "../wording.ts";
import { facts, NOT_PROVIDED } from "./cells.ts";
import type { Cell, Section } from "./document.ts";

export function integrityOfRecordSection({ integrity, run, evidenceClass }: Result): Section {
  const attested = integrity.map(({ label, value }): [Cell, Cell] => [
    label,
    value.startsWith("WRONG") ? { text: value, tone: "bad" } : value,
  ]);
  const none: [Cell, Cell] = [
    "Signature",
    { text: "none: this report is not part of an evidence bundle", tone: "muted" },
  ];
  return {
    number: 14,
    title: "Integrity of this record",
    blocks: [
      facts("What vouches for this record", [
        ["Evidence class", evidenceClass],
        [
          "Journal",
          `journal.jsonl, ${counted(run.events, "event")}, each line holding the SHA-256 of the line before it`,
        ],
        ...(attested.length > 0 ? attested : [none]),
        ["Trusted time stamp, write-once storage", NOT_PROVIDED],
        ["Comparison with CloudTrail", NOT_PROVIDED],
      ]),
      {
        kind: "text",
        text: "The journal's chain shows a line that was changed, moved or removed. That the end was not cut off, and who wrote it, only a signed bundle shows; that no run was left out, only the ledger of runs. A signature by a key in a file proves that nothing changed since whoever holds the key has signed.",
      },
      {
        kind: "text",
        text: "To check the bundle: with gameday; or with sha256sum and openssl alone, as its README.txt says.",
      },
      {
        kind: "list",
        items: [
          { code: `gameday verify BUNDLE --key KEY-ID --ledger .gameday/ledger.jsonl` },
          { code: "sha256sum -c --quiet MANIFEST.sha256" },
        ],
      },
    ],
  };
}
