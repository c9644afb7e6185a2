/** Short messages in the corner, announced to screen readers. `toast(...)` works from anywhere, React or not. */
import { useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { Icon, type IconName } from "./icons";

export interface Toast {
  id: number;
  kind: "ok" | "bad" | "warn" | "info";
  title: string;
  text?: string;
  /** A link or a button below the text. */
  action?: { label: string; href?: string; run?: () => void };
}

const ICONS: Record<Toast["kind"], IconName> = { ok: "check", bad: "alert", warn: "alert", info: "info" };
const listeners = new Set<() => void>();
let shown: readonly Toast[] = [];
let next = 1;

function show(list: readonly Toast[]): void {
  shown = list;
  for (const listener of listeners) listener();
}

/** Show a message; failures stay until closed, the rest leaves after `seconds`. Returns what closes it. */
export function toast(message: Omit<Toast, "id" | "kind"> & { kind?: Toast["kind"]; seconds?: number }): () => void {
  ensureHost();
  const { seconds, ...rest } = message;
  const item: Toast = { kind: "info", ...rest, id: next++ };
  const close = (): void => show(shown.filter((other) => other.id !== item.id));
  show([...shown.slice(-4), item]);
  const stay = seconds ?? (item.kind === "bad" ? 0 : 6);
  if (stay > 0) setTimeout(close, stay * 1000);
  return close;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function Toasts() {
  const list = useSyncExternalStore(subscribe, () => shown);
  const close = (item: Toast): void => show(shown.filter((other) => other.id !== item.id));
  return (
    <div className="toasts" role="region" aria-label="Messages" aria-live="polite">
      {list.map((item) => (
        <div key={item.id} className={`toast ${item.kind}`} role={item.kind === "bad" ? "alert" : "status"}>
          <Icon name={ICONS[item.kind]} size={18} />
          <div>
            <strong>{item.title}</strong>
            {item.text && <p>{item.text}</p>}
            {item.action &&
              (item.action.href ? (
                <a href={item.action.href}>{item.action.label}</a>
              ) : (
                <button type="button" className="btn small" onClick={() => (item.action?.run?.(), close(item))}>
                  {item.action.label}
                </button>
              ))}
          </div>
          <button type="button" className="btn quiet small icon" aria-label="Close message" onClick={() => close(item)}>
            <Icon name="cross" />
          </button>
        </div>
      ))}
    </div>
  );
}

let host: HTMLElement | null = null;

function ensureHost(): void {
  if (host) return;
  host = document.createElement("div");
  document.body.append(host);
  createRoot(host).render(<Toasts />);
}
