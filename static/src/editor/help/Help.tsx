import { Dialog } from "@shared/ui/Dialog";
import { capital } from "../model/format";
import { openHelp } from "../actions/help";
import { groupOf } from "../model/graph";
import { isMade, madeBy } from "../model/made";
import { entryOf } from "../model/registry";
import { editor, useEditor } from "../state/store";
import { BlockHelp } from "./BlockHelp";
import { GroupHelp } from "./GroupHelp";
import "./help.css";

const close = () => openHelp(null);

/** What a block or a group is, as a dialog. */
export default function Help() {
  const help = useEditor((state) => state.help);
  const entry = useEditor((state) => entryOf(state.registry, state.help ?? {}));
  const group = useEditor((state) => groupOf(state.history.design, state.help?.group ?? ""));
  if (!help) return null;
  if (help.group && group)
    return (
      <Dialog title={`Group ${isMade(help.group) ? madeBy(help.group).name : help.group}`} onClose={close} wide>
        <GroupHelp group={group} path={help.path} />
      </Dialog>
    );
  if (entry)
    return (
      <Dialog title={capital(entry.title)} onClose={close} wide>
        <BlockHelp key={entry.id} entry={entry} path={help.path} />
      </Dialog>
    );
  return (
    <Dialog title={help.block ?? help.group ?? help.generator ?? "Help"} onClose={close}>
      <p>{editor.getState().registry ? "There is no help: this is not known here. It may have come from a newer Blockyard." : "Blocks are still being fetched; try again in a moment."}</p>
    </Dialog>
  );
}
