import { Dialog } from "@shared/ui/Dialog";
import { editor, useEditor } from "../state/store";
import "./imported.css";

/** What was decided while a model became a design, and what is left to do by hand. */
export function Imported({ onClose }: { onClose: () => void }) {
  const imported = useEditor((state) => state.imported);
  if (!imported) return null;
  const { file, notes, problems } = imported;
  const go = (node: string) => {
    onClose();
    editor.getState().goTo([], [node]);
  };
  const count = problems.length;
  return (
    <Dialog title={`Opened ${file}`} onClose={onClose} footer={<button type="button" className="btn primary" onClick={onClose}>Go on</button>}>
      <div className="ed-imported">
        <ul className="ed-imported-notes">
          {notes.map((note) => <li key={note}>{note}</li>)}
          <li>The weights stay in the file: training begins with new ones. Undo brings back what was here.</li>
        </ul>
        {count > 0 && (
          <>
            <p className="note bad">
              {count === 1
                ? "No block stands for one operator. It has a node in its place: put blocks there, or take it out."
                : `No block stands for ${count.toLocaleString("en-US")} operators. Each has a node in its place: put blocks there, or take it out.`}
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
