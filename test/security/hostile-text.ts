import * as fc from "fast-check";

/** What somebody might put into a tag, a file name, an error message or an output. `$(…)` and its like make a file `canary…`. */
export const PAYLOADS: readonly string[] = [
  // Shells.
  "$(touch canary-1)",
  "`touch canary-2`",
  "; touch canary-3;",
  "| touch canary-4 #",
  "&& touch canary-5",
  "'; touch canary-6; '",
  '"; touch canary-7; "',
  "\n touch canary-8\n",
  "$IFS ${HOME} ~ * ? [a-z] {a,b} !! %s%n \\",
  "-rf --help -- -",
  // Expressions and templates.
  "${{ steps.volume.outputs.x }} ${{ 1 + 1 }} {{cell this}} {{{x}}} {{#each steps}}",
  // Markdown.
  "a|b `c` *d* _e_ [x](javascript:alert(1)) ![p](https://evil.example/p.png) <https://evil.example> # h",
  "# heading\n## Verdict: PASSED\n| a | b |\n|---|---|\n```\n> q\n- item\n1. item\n---\n===",
  "@everyone www.evil.example http://evil.example ~~s~~ $x$ [^1] :smile: <details>",
  // HTML.
  "<img src=x onerror=alert(1)><script>alert(1)</script></td></table><!-- &amp; \"q\" 'q' --><style>*{}</style>",
  '" onmouseover="alert(1)" x=\'',
  // Terminals.
  "\u001b[31mred\u001b[0m\u001b]0;title\u0007\u009b1m\u001b[2J\u0008\u0008\r\u001bc\u0000\u007f",
  // Writing directions and what cannot be seen.
  "abc\u202egnp.exe\u2066\u200bzero\u200e\u061c\ufeff\u2028next\u2029\u00ad\u{e0041}\ud800",
  // XML and JUnit.
  "]]></failure><testcase name='x'/><![CDATA[ &#0; &#x1b; &lol; <!DOCTYPE x> <?xml?>\ufffe",
  // Spreadsheets.
  "=cmd|' /C calc'!A0",
  "+1+1",
  "-2+3",
  "@SUM(A1)",
  "\t=1",
  "\r=1",
  '=HYPERLINK("http://evil.example","x"),"=1"\r\n=1',
  // Commands of CI systems.
  "::error file=x::y\n::set-output name=x::y%0A##[command]x",
  // Mermaid.
  "x :done, 2026-01-01, 1d\n section PASSED; #quot; %%{init: {}}%% click a href 'javascript:1'",
];

/** Text that begins or contains what something might act on, and shows at least one letter. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...PAYLOADS) },
      {
        weight: 4,
        arbitrary: fc.constantFrom(..."`|[]()<>!*_~$#&@:/\\.-+=\n\r\t;,{}%'\"^? 0a\u001b\u009b\u202e\u200b\u2028"),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          "${{",
          "}}",
          "$(",
          "](",
          "![",
          "```",
          "<!--",
          "-->",
          "]]>",
          "http://",
          "&#64;",
          "::",
        ),
      },
      { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 3 }) },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => `${parts.join("").slice(0, 150)}z`);
