import { useState } from "react";
import { full } from "@shared/format";
import { Dialog } from "@shared/ui/Dialog";
import { goToPath } from "../actions/navigate";
import { keepWeights } from "../actions/open";
import { useEditor } from "../state/store";
import "./imported.css";

/** What was decided while a model became a design, what is left to do by hand, and whether its weights are kept. */
export function Imported({ onClose }: { onClose: () => void }) {
  const imported = useEditor((state) => state.imported);
  const [keeping, setKeeping] = useState(false);
  const [fault, setFault] = useState("");
  if (!imported) return null;
  const { file, notes, problems, weights, kept } = imported;
  const go = (node: string) => {
    onClose();
    goToPath(node);
  };
  const keep = async () => {
    setKeeping(true);
    setFault("");
    setFault(await keepWeights());
    setKeeping(false);
  };
  const count = problems.length;
  const offer = weights.numbers > 0 && count === 0 && !kept;
  const footer = (
    <>
      <button type="button" className={offer ? "btn" : "btn primary"} disabled={keeping} onClick={onClose}>{offer ? "Go on without" : "Go on"}</button>
      {offer && <button type="button" className="btn primary" disabled={keeping} onClick={() => void keep()}>{keeping && <span className="spinner" />} Keep the weights</button>}
    </>
  );
  return (
    <Dialog title={`Opened ${file.name}`} onClose={onClose} footer={footer}>
      <div className="ed-imported">
        <ul className="ed-imported-notes">
          {notes.map((note) => <li key={note}>{note}</li>)}
          <li>Undo brings back what was here.</li>
        </ul>
        <p className={kept ? "note ok" : "note"} role="status">
          {kept ? (
            <span>Kept, {numbersOf(weights)}: <a href={kept.url} target="_blank" rel="noopener">{kept.name}</a>. Choose them under <em>Sample</em>, and under <em>Train</em> to begin with them.</span>
          ) : weights.numbers === 0 ? (
            "The file holds no weights of this design: training begins with fresh ones."
          ) : count > 0 ? (
            `The file's ${numbersOf(weights)} stay in it, because the network is not whole yet: training begins with fresh ones.`
          ) : (
            `The file holds ${numbersOf(weights)}. Kept, they belong to a version of this design: samples go through at them, and training can begin with them. Otherwise they stay in the file.`
          )}
        </p>
        {fault && <p className="note bad" role="alert">{fault}</p>}
        {count > 0 && (
          <>
            <p className="note bad">
              {count === 1
                ? "No block stands for one operator. It has a node in its place: put blocks there, or take it out."
                : `No block stands for ${full(count)} operators. Each has a node in its place: put blocks there, or take it out.`}
            </p>
            <ul className="ed-imported-problems">
              {problems.map((problem, at) => (
                <li key={at}>
                  <span><strong>{problem.op}</strong>{problem.name && <code> {problem.name}</code>}: {problem.reason}</span>
                  {problem.node && <button type="button" className="btn small" onClick={() => go(problem.node)}>Show {problem.node}</button>}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </Dialog>
  );
}

const numbersOf = ({ tensors, numbers }: { tensors: number; numbers: number }): string =>
  `${full(numbers)} ${numbers === 1 ? "weight" : "weights"} in ${full(tensors)} ${tensors === 1 ? "tensor" : "tensors"}`;
