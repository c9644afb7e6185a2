import { type CSSProperties, type ReactNode, useEffect, useRef } from "react";

interface Props {
  label: string;
  onClose: (byKey: boolean) => void;
  className?: string;
  style?: CSSProperties;
  children: ReactNode;
}

/** A list of buttons with role "menuitem": arrows, Home and End move, a letter jumps, Esc and a press outside close. */
export function MenuList({ label, onClose, className = "", style, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const items = () => [...(box.current?.querySelectorAll<HTMLElement>('[role="menuitem"]:not(:disabled)') ?? [])];
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    items()[0]?.focus({ preventScroll: true });
    const outside = (event: PointerEvent) => {
      // The button that opened it closes it by itself.
      if (!box.current?.parentElement?.contains(event.target as Node)) close.current(false);
    };
    window.addEventListener("pointerdown", outside, true);
    return () => window.removeEventListener("pointerdown", outside, true);
  }, []);
  return (
    <div
      role="menu"
      ref={box}
      aria-label={label}
      className={`ed-menu-list ${className}`}
      style={style}
      onKeyDown={(event) => {
        const list = items();
        const at = list.indexOf(document.activeElement as HTMLElement);
        const letter = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey ? event.key.toLowerCase() : null;
        const starts = (one: HTMLElement) => one.textContent!.trim().toLowerCase().startsWith(letter!);
        if (event.key === "ArrowDown") list[(at + 1) % list.length]?.focus();
        else if (event.key === "ArrowUp") list[(at - 1 + list.length) % list.length]?.focus();
        else if (event.key === "Home") list[0]?.focus();
        else if (event.key === "End") list.at(-1)?.focus();
        else if (event.key === "Escape" || event.key === "Tab") onClose(true);
        else if (letter) [...list.slice(at + 1), ...list.slice(0, at + 1)].find(starts)?.focus();
        else return;
        if (letter !== " ") event.preventDefault();
        event.stopPropagation();
      }}
    >
      {children}
    </div>
  );
}
