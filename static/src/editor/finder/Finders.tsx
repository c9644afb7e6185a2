import { useMemo } from "react";
import { useAsync } from "@shared/ui/useAsync";
import * as server from "../state/server";
import { useEditor } from "../state/store";
import { Finder } from "./Finder";
import { commandItems, nodeItems, versionItems } from "./items";

/** Ctrl+K: everything that can be done or gone to. */
export function Commands({ onClose }: { onClose: () => void }) {
  const designId = useEditor((state) => state.designId);
  const registry = useEditor((state) => state.registry);
  const versions = useAsync(() => (designId ? server.versions(designId) : Promise.resolve(null)), [designId]);
  const rows = versions.data?.items;
  const items = useMemo(() => [...commandItems(), ...versionItems(rows ?? [])], [rows, registry]);
  return <Finder label="Commands" placeholder="What to do, or where to go" items={items} onClose={onClose} />;
}

/** Ctrl+F: a node, at any depth. */
export function FindNode({ onClose }: { onClose: () => void }) {
  const registry = useEditor((state) => state.registry);
  const items = useMemo(nodeItems, [registry]);
  return <Finder label="Find a node" placeholder="Id, label, block, or a value: kernel_size=3" items={items} onClose={onClose} none="There are no nodes yet." />;
}
