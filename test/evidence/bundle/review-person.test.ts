import { expect, it } from "vitest";
import { isSamePerson } from "../../../src/evidence/bundle/review-person.ts";

it("an operator goes by each form of the principal, and by the name in the drill's plan; others are other people", () => {
  const operators = ["arn:aws:iam::111122223333:user/ops/gameday", "Pat  Doe"];
  const own = ["gameday", "user/gameday\u200b", "ops/gameday", "USER/OPS/GAMEDAY", "pat doe", "Pat Doe\u200d"];
  expect(own.filter((name) => !isSamePerson(name, operators))).toEqual(["user/gameday\u200b"]);
  expect(isSamePerson("user/gameday", ["arn:aws:iam::111122223333:user/gameday"])).toBe(true);
  expect(isSamePerson("pat", ["arn:aws:sso:us-east-1:111122223333:user/pat"])).toBe(true);
  expect(isSamePerson("pat", ["not arn:aws:iam::111122223333:user/pat"])).toBe(false);
  expect(isSamePerson("straße", ["STRASSE"])).toBe(true);
  expect(["Ada Lovelace", "game day", "user", "111122223333"].filter((name) => isSamePerson(name, operators))).toEqual(
    [],
  );
});
