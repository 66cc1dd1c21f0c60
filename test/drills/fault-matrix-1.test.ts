import { expect, test } from "vitest";
import { EVERYTHING, partOfMatrix, report, sample, wrongIn } from "./fault-matrix.ts";

const SEED = Number(process.env["GAMEDAY_SEED"] ?? 20_261_120);
const SAMPLE = 4;

test(
  EVERYTHING
    ? "every other fault and operation of ebs-snapshot-copy ends in a documented way"
    : `${SAMPLE} runs of the fault matrix, drawn with GAMEDAY_SEED=${SEED}, end in a documented way`,
  { timeout: EVERYTHING ? 3_600_000 : 900_000 },
  async () => {
    const results = await partOfMatrix({
      drill: "ebs-snapshot-copy",
      faults: "all",
      choose: (cells) => (EVERYTHING ? cells.filter((_, index) => index % 2 === 0) : sample(cells, SAMPLE, SEED)),
    });
    expect(wrongIn(results)).toEqual([]);
    if (EVERYTHING) report("faults, first half", results);
    else expect(results).toHaveLength(SAMPLE);
  },
);
