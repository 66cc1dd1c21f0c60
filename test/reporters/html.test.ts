import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PastRun, Result } from "../../src/evidence/result/result.ts";
import { resultOf } from "../../src/evidence/result/result.ts";
import { renderHtml } from "../../src/reporters/html/render.ts";
import { scaleOf } from "../../src/reporters/html/scale.ts";
import { STEERING } from "../evidence/hostile.ts";
import { recordOf } from "../evidence/journaled.ts";
import { manySteps } from "../evidence/many-steps.ts";
import { passedRehearsal } from "../evidence/runs.ts";
import { resultOfRun, RUNS } from "./results.ts";

const NAMES = Object.keys(RUNS) as readonly (keyof typeof RUNS)[];

const HISTORY: readonly PastRun[] = Array.from({ length: 8 }, (_, index) => ({
  runId: `01JD3Q4Z6V8W0X2Y4Z6A8B0C${index}`,
  startedAt: `2025-0${index + 1}-20T10:00:00.000Z`,
  word: index === 3 ? ("FAIL" as const) : ("PASS" as const),
  simulated: index % 2 === 0,
  ...(index === 3 ? {} : { rtaMs: 300_000 + index * 20_000 }),
}));

describe("report.html", () => {
  it.each(NAMES)("of the run %s has no script, no handler, no reference to anything outside", async (name) => {
    const html = await renderHtml(resultOfRun(name));
    expect(html).not.toMatch(/<script|<iframe|<object|<embed|<form|<img|<base|<a [^>]*href="(?!#)/i);
    expect(html.replace(/<[^>]*>/g, (tag) => tag.replace(/"[^"]*"/g, '""'))).not.toMatch(/<[^>]*\son\w+\s*=/i);
    expect(html).not.toMatch(/@import|url\(/i);
    expect(html).not.toMatch(STEERING);
  });

  it("can be rendered from every beginning of every run, and says SIMULATED of rehearsals only", async () => {
    for (const run of Object.values(RUNS)) {
      const events = run();
      for (let length = 1; length <= events.length; length += 3) {
        const html = await renderHtml(resultOf(recordOf(events.slice(0, length))));
        const rehearsal = events[0]?.type === "run-started" && events[0].mode === "rehearsal";
        expect(html.includes("<strong>SIMULATED</strong>")).toBe(rehearsal);
        expect(html.match(/<h2 /g)).toHaveLength(16);
      }
    }
  });

  it("prints what nobody provided as not provided", async () => {
    expect((await renderHtml(resultOfRun("passed-rehearsal"))).match(/not provided/g)?.length).toBeGreaterThan(15);
  });

  it("places every value by an escaping helper", async () => {
    const template = await readFile(new URL("../../templates/report.html.hbs", import.meta.url), "utf8");
    const places = template.match(/\{\{[^}]*\}\}/g) ?? [];
    expect(places.length).toBeGreaterThan(40);
    for (const place of places)
      expect(place).toMatch(
        /^\{\{(?:(?:cell|plain|timeline|trend|gauge) [\w.]+|css|#(?:each|if) [\w.]+|else|\/(?:each|if))\}\}$/,
      );
  });

  it("stays small for ten thousand steps", async () => {
    expect((await renderHtml(resultOf(recordOf(manySteps(10_000))))).length).toBeLessThan(400_000);
  });
});

describe("a time axis", () => {
  it.each([1, 900, 61_000, 372_000, 4e6, 1e8, 3e9])("of %d ms has a few ticks, inside of it", (span) => {
    const { ticks } = scaleOf(5_000, 5_000 + span, 5_000);
    expect(ticks.length).toBeGreaterThanOrEqual(1);
    expect(ticks.length).toBeLessThanOrEqual(7);
    for (const { fraction } of ticks) expect(fraction).toBeLessThanOrEqual(1);
  });
});

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const absent = CHROMIUM === undefined;

describe.skipIf(absent)(
  `report.html in Chromium${absent ? " (skipped: there is no Chromium on this machine)" : ""}`,
  () => {
    let browser: Browser;
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "gameday-html-"));
      browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox"] });
    });

    afterAll(async () => {
      await browser.close();
      await rm(folder, { recursive: true });
    });

    interface Opened extends AsyncDisposable {
      readonly page: Page;
      /** What the console said, what was asked of the network, what dialogs came up. */
      readonly noise: readonly string[];
    }

    async function open(result: Result, look: { width: number; colorScheme: "light" | "dark" }): Promise<Opened> {
      const file = join(folder, "report.html");
      await writeFile(file, await renderHtml(result));
      const page = await browser.newPage({
        viewport: { width: look.width, height: 900 },
        colorScheme: look.colorScheme,
      });
      page.setDefaultTimeout(600_000);
      const noise: string[] = [];
      page.on("console", (message) => noise.push(message.text()));
      page.on("pageerror", (error) => noise.push(String(error)));
      page.on("dialog", (dialog) => noise.push(dialog.message()));
      page.on("request", (request) => {
        if (request.url() !== pathToFileURL(file).href && request.url() !== "data:,") noise.push(request.url());
      });
      await page.goto(pathToFileURL(file).href);
      return { page, noise, [Symbol.asyncDispose]: () => page.close() };
    }

    const LOOKS = [
      { width: 1280, colorScheme: "light" },
      { width: 1280, colorScheme: "dark" },
      { width: 360, colorScheme: "light" },
    ] as const;

    it.each(LOOKS)("is accessible, quiet, and no wider than the page: $width px, $colorScheme", async (look) => {
      const result = resultOf(recordOf(passedRehearsal()), { history: HISTORY });
      await using opened = await open(result, look);
      expect(await opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
      expect(opened.noise).toEqual([]);
      expect(await violations(opened.page)).toEqual([]);
    });

    it.each(["failed-verification", "aborted-with-leftovers"] as const)("is accessible and quiet: %s", async (name) => {
      await using opened = await open(resultOfRun(name), LOOKS[0]);
      expect(opened.noise).toEqual([]);
      expect(await violations(opened.page)).toEqual([]);
    });

    it("shows hostile names as text: no element, link, request, dialog or style comes of them", async () => {
      await using opened = await open(resultOfRun("hostile-names"), LOOKS[2]);
      expect(opened.noise).toEqual([]);
      expect(
        await opened.page.evaluate("document.querySelectorAll('img, script, iframe, a:not([href^=\"#\"])').length"),
      ).toBe(0);
      expect(await opened.page.evaluate("document.body.innerText.includes('<script>alert(1)</script>')")).toBe(true);
      expect(await opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    });

    it("prints to a few pages", async () => {
      await using opened = await open(resultOfRun("passed-rehearsal"), LOOKS[0]);
      const pdf = (await opened.page.pdf({ format: "A4" })).toString("latin1");
      expect(pdf.match(/\/Type\s*\/Page\b/g)?.length).toBeLessThan(14);
    });
  },
);

/** Runs axe in a world that the page's policy does not reach. */
async function violations(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId: contextId } = await session.send("Page.createIsolatedWorld", {
    frameId: frameTree.frame.id,
  });
  await session.send("Runtime.evaluate", { contextId, expression: await readFile(AXE, "utf8") });
  const expression =
    "axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target)))";
  const { result } = await session.send("Runtime.evaluate", {
    contextId,
    expression,
    awaitPromise: true,
    returnByValue: true,
  });
  return result.value as string[];
}
