import { type ReactNode, useRef, useState } from "react";
import { Icon, type IconName } from "./Icon";
import { MenuList } from "./MenuList";

export interface MenuItem {
  label: string;
  icon?: IconName;
  run: () => void;
}

/** A button that opens a short list of actions. */
export function Menu({ label, items, children }: { label: string; items: MenuItem[]; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <div className="ed-menu">
      <button ref={button} type="button" className="btn quiet icon" aria-label={label} title={label} aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
        {children}
      </button>
      {open && (
        <MenuList
          label={label}
          onClose={(byKey) => {
            setOpen(false);
            if (byKey) button.current?.focus();
          }}
        >
          {items.map((item) => (
            <button key={item.label} type="button" role="menuitem" onClick={() => (setOpen(false), item.run())}>
              {item.icon && <Icon name={item.icon} size={15} />} {item.label}
            </button>
          ))}
        </MenuList>
      )}
    </div>
  );
}
