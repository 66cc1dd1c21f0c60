import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

it("the notices of every bundled package are in what is published", async () => {
  const { dependencies, files } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
    files: string[];
  };
  const notices = await readFile(join(ROOT, "dist/THIRD-PARTY-NOTICES.txt"), "utf8");
  for (const name of Object.keys(dependencies)) expect(notices).toMatch(new RegExp(`^${name} \\d`, "m"));
  expect(notices).toContain("Permission is hereby granted, free of charge");
  expect(notices).toContain("Apache License");
  expect(files).toContain("dist");
});
