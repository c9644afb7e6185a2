import { type ReactNode, useEffect, useRef, useState } from "react";
import { Icon, type IconName } from "./Icon";

export interface MenuItem {
  label: string;
  icon?: IconName;
  run: () => void;
}

/** A button that opens a short list of actions; arrows move, Esc closes. */
export function Menu({ label, items, children }: { label: string; items: MenuItem[]; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    window.addEventListener("pointerdown", outside, true);
    return () => window.removeEventListener("pointerdown", outside, true);
  }, [open]);
  return (
    <div
      className="ed-menu"
      ref={box}
      onKeyDown={(event) => {
        if (!open) return;
        const list = [...(box.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
        const at = list.indexOf(document.activeElement as HTMLElement);
        if (event.key === "ArrowDown") list[(at + 1) % list.length]?.focus();
        else if (event.key === "ArrowUp") list[(at - 1 + list.length) % list.length]?.focus();
        else if (event.key === "Escape") {
          setOpen(false);
          box.current?.querySelector("button")?.focus();
        } else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <button type="button" className="btn quiet icon" aria-label={label} title={label} aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
        {children}
      </button>
      {open && (
        <div role="menu" aria-label={label} className="ed-menu-list">
          {items.map((item) => (
            <button key={item.label} type="button" role="menuitem" onClick={() => (setOpen(false), item.run())}>
              {item.icon && <Icon name={item.icon} size={15} />} {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
