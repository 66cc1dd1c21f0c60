import { defineConfig } from "vitest/config";
import shared from "./vitest.config.ts";
import { mutationGroup } from "./stryker.config.mjs";

/** The tests of the mutated part that run it in their own process; those that start the built binary do not see a mutation. */
export default defineConfig({ test: { ...shared.test, include: mutationGroup.tests, testTimeout: 30_000 } });
