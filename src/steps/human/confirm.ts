import * as z from "zod";
import { defineStep } from "../define-step.ts";

export const humanConfirm = defineStep({
  uses: "human.confirm",
  does: "Waits until a person confirms; the time waited is counted apart",
  input: z.strictObject({
    prompt: z.string().min(1).max(2000).describe("What the person is asked to do or to confirm"),
  }),
  output: z.object({ confirmedBy: z.string() }),
  permissions: [],
  waitsForPeople: true,
  defaultTimeoutMs: 4 * 60 * 60_000,
  async run(ctx, { prompt }) {
    const { people } = ctx.services;
    const { by } = await ctx.waitingForPeople(prompt, () => people.confirm(prompt, ctx.signal));
    return { confirmedBy: by };
  },
});
