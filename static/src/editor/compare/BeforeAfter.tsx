import "./before-after.css";
import type { Schemas } from "@shared/types";
import { FIGURES } from "../model/figures";

type Total = Schemas["Total"];

const SHOWN = ["params", "macs", "weight_bytes", "activation_bytes"] as const;

/** What a design costs before and after a change, and by how much that is more or less. */
export function BeforeAfter({ before, after }: { before: Total; after: Total }) {
  return (
    <dl className="ed-before-after">
      {SHOWN.map((key) => {
        const { name, unit, show, how } = FIGURES[key];
        const [was, is] = [before[key], after[key]];
        const share = was ? (is - was) / was : 0;
        return (
          <div key={key} title={how}>
            <dt>{name}{unit && ` ${unit}`}</dt>
            <dd className="num">{show(was)} → {show(is)} {is !== was && was > 0 && <b data-grew={is > was || undefined}>{share > 0 ? "+" : "−"}{Math.abs(share * 100).toFixed(1)} %</b>}</dd>
          </div>
        );
      })}
    </dl>
  );
}
