import { expect, it } from "vitest";
import { afterFirst } from "./prose";

it("reads a docstring as text", () => {
  const doc = "Averages a window\nof an image.\n\nN C H W -> N C H' W' with\nmask `m`. Raises ValueError if it is wide.";
  expect(afterFirst(doc, "Averages a window of an image.")).toBe("N C H W → N C H' W' with mask m. Refused if it is wide.");
});
