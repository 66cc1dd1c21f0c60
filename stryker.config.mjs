/**
 * Mutations of the code that keeps a run safe and its record honest, part by part: `npm run test:mutation [-- PART …]`.
 * Each part is judged by the tests beside it, which run it in their own process.
 */
export const MUTATED_PARTS = {
  engine: { mutate: ["src/engine/**/*.ts"], tests: ["test/engine/**/*.test.ts"] },
  cleanup: {
    mutate: ["src/cli/cleanup/**/*.ts"],
    tests: [
      "test/cli/{cleanup,cleanup-locks,foreign-journal}.test.ts",
      "test/cli/cleanup/**/*.test.ts",
      "test/resources/makers.test.ts",
    ],
  },
  evidence: {
    mutate: ["src/evidence/verdict.ts", "src/evidence/bundle/**/*.ts", "src/evidence/run-ledger/**/*.ts"],
    // Those that verify a whole bundle again and again judge too slowly; the tests of each part state the same of what is in it.
    tests: [
      "test/evidence/{verdict*,honest-words,attestation/clock-offset}.test.ts",
      "test/evidence/bundle/{verify-*,*-files,*-frameworks,difference,manifest,review-person,told-result,written-bundle}.test.ts",
      "test/evidence/run-ledger/*.test.ts",
    ],
  },
  aws: { mutate: ["src/aws/call.ts", "src/aws/guard.ts"], tests: ["test/aws/{call,guard}*.test.ts"] },
};

const name = process.env.GAMEDAY_MUTATE ?? "engine";
const part = MUTATED_PARTS[name];
/** One file is measured at once by what tests it: `GAMEDAY_MUTATION_TESTS=test/engine/fold.test.ts npx stryker run -m src/engine/fold.ts`. */
const tests = process.env.GAMEDAY_MUTATION_TESTS?.split(",") ?? part.tests;
export const mutationGroup = { ...part, tests };

export default {
  testRunner: "vitest",
  vitest: { configFile: "vitest.mutation.config.mjs", related: false },
  plugins: ["@stryker-mutator/vitest-runner"],
  mutate: mutationGroup.mutate,
  mutator: { excludedMutations: ["StringLiteral"] },
  coverageAnalysis: "perTest",
  ignoreStatic: true,
  concurrency: 2,
  timeoutMS: 5_000,
  incremental: true,
  incrementalFile: `.stryker/${name}-incremental.json`,
  tempDirName: `.stryker/${name}`,
  reporters: ["clear-text", "json"],
  clearTextReporter: { allowColor: false, logTests: false },
  jsonReporter: { fileName: `.stryker/${name}.json` },
  // There is no type check in it, and rewriting tsconfig.json needs a TypeScript older than 7.
  disableTypeChecks: false,
  tsconfigFile: "none",
};
