import { actionOf, isEnabled } from "../actions/table";
import { Icon } from "../parts/Icon";
import { Menu } from "../parts/Menu";
import { useEditor } from "../state/store";

const IDS = ["add-after", "add-before", "add-branch", "connect", "params", "rename", "repeat", "bypass", "mute", "duplicate", "group", "ungroup", "unroll", "unique", "settle", "delete", "heal", "view-outline"];

/** What can be done with the row one is at, for those who do not know the keys or have none. */
export function RowMenu() {
  useEditor((state) => state.selected);
  const items = IDS.map(actionOf).filter(isEnabled).map(({ title, short, icon, run }) => ({ label: short ?? title, ...(icon ? { icon } : {}), run: () => void run() }));
  return (
    <Menu label="Do with the row" items={items}>
      <Icon name="more" />
    </Menu>
  );
}
