import { useEffect, useRef } from "react";
import type { Formula } from "../model/registry";

/** A formula by the browser's own MathML; its LaTeX until, or in case, that cannot be fetched. */
export function FormulaView({ formula, mathml }: { formula: Formula; mathml: string[] | null }) {
  return (
    <div className="ed-formula">
      <div className="ed-formula-lines" tabIndex={0} role="group" aria-label="Formula">
        {formula.lines.map((line, at) => (mathml?.[at] ? <MathLine key={line} mathml={mathml[at]} /> : <code key={line}>{line}</code>))}
      </div>
      {formula.where && <p className="muted">{formula.where}</p>}
    </div>
  );
}

/** Parsed as XML, not as HTML, so that nothing in it can run. */
function MathLine({ mathml }: { mathml: string }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const parsed = new DOMParser().parseFromString(mathml, "application/xml").documentElement;
    if (parsed.localName === "math") host.current?.replaceChildren(document.importNode(parsed, true));
  }, [mathml]);
  return <div ref={host} />;
}
