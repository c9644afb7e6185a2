/** A modal dialog on the browser's own <dialog>: focus is held inside and given back, Esc closes. */
import { useId, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { messageOf } from "../api/client";
import { Icon } from "./icons";

export interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
}

/** Where one begins: at the first field, else at the first answer, not at the cross. */
const START = ".body :is(input, select, textarea):not(:disabled), dialog:not(:has(.body :is(input, select, textarea):not(:disabled))) > footer button";

export function Dialog({ title, onClose, children, footer, wide }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the dialog leaves the page, or the browser could not give the focus back.
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.open) return;
    dialog.showModal();
    dialog.querySelector<HTMLElement>(START)?.focus();
    return () => dialog.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className={`sheet ${wide ? "wide" : ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" className="btn quiet small icon" aria-label="Close" onClick={onClose}>
          <Icon name="cross" />
        </button>
      </header>
      <div className="body">{children}</div>
      {footer && <footer>{footer}</footer>}
    </dialog>
  );
}

export interface ConfirmProps {
  title: string;
  children: ReactNode;
  /** The word on the button that does it: "Delete run". */
  action: string;
  onConfirm: () => Promise<void> | void;
  onClose: () => void;
}

/** "Are you sure", with what will be lost, and the fault in place when it did not work. */
export function Confirm({ title, children, action, onConfirm, onClose }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const go = async (): Promise<void> => {
    setBusy(true);
    setFault("");
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setFault(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <button type="button" className="btn" onClick={onClose} autoFocus>
            Keep
          </button>
          <button type="button" className="btn danger solid" disabled={busy} onClick={() => void go()}>
            {busy && <span className="spinner" />} {action}
          </button>
        </>
      }
    >
      {children}
      {fault && (
        <p className="note bad" role="alert" style={{ marginTop: 12 }}>
          {fault}
        </p>
      )}
    </Dialog>
  );
}
