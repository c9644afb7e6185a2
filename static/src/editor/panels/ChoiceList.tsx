import { memo } from "react";
import type { Choice } from "../actions/add";
import { familyStyle } from "../parts/family";
import { type Field, search } from "../model/fuzzy";

/** What the search looks at, in order of weight. */
export const fieldsOf = (choice: Choice): Field[] => [
  { text: choice.title, weight: 1 },
  { text: choice.key.replace(/^\w+:/, ""), weight: 1 },
  { text: choice.family, weight: 0.6 },
  { text: choice.words, weight: 0.55, plain: true },
  { text: choice.hint, weight: 0.3, plain: true },
];

export const searchChoices = (list: Choice[], query: string): Choice[] => search(list, query, fieldsOf);

/** The family for the theme's colour. */
export const colourFamily = (choice: Choice): string => (choice.family === "groups of this design" ? "group" : choice.family === "ports" ? "shape" : choice.family);

export const ChoiceRow = memo(function ChoiceRow({ choice, tags = true }: { choice: Choice; tags?: boolean }) {
  return (
    <>
      <span className="ed-swatch" style={familyStyle(colourFamily(choice))} aria-hidden="true" />
      <span className="ed-choice-title">{choice.title}</span>
      {tags && <span className="ed-choice-family">{choice.family}</span>}
    </>
  );
});
