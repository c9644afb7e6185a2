import { editor } from "../../state/store";
import { download, downloadPicture } from "../files";
import { chooseFile } from "../open";
import type { Action } from "../table";

const { set } = editor.getState();

export const DESIGN: Action[] = [
  { id: "save", title: "Save a version", topic: "Design", keys: ["mod+s"], icon: "save", anywhere: "typing", run: () => set({ dialog: "save" }) },
  { id: "train", title: "Train", topic: "Design", keys: ["mod+enter"], icon: "play", words: "run start learn", anywhere: "typing", run: () => set({ dialog: "train" }) },
  { id: "profile", title: "Profile…: latency and memory, whole and per node", short: "Profile…", topic: "Design", icon: "cost", words: "measure speed onnxruntime throughput benchmark", run: () => set({ dialog: "profile" }), enabled: () => !!editor.getState().report?.hash },
  { id: "transform", title: "Transform…: make another design of it", short: "Transform…", topic: "Design", icon: "wand", words: "change rewrite whole", run: () => set({ dialog: "transform" }), enabled: () => !!editor.getState().registry?.transforms.length },
  { id: "download", title: "Download as JSON", topic: "Design", icon: "download", words: "export file", run: download },
  { id: "download-png", title: "Download as PNG", topic: "Design", icon: "download", words: "export picture image", run: () => void downloadPicture("png") },
  { id: "download-svg", title: "Download as SVG", topic: "Design", icon: "download", words: "export picture drawing vector", run: () => void downloadPicture("svg") },
  { id: "open-file", title: "Open a file: JSON, picture, ONNX", topic: "Design", icon: "upload", words: "import load", run: chooseFile },
  { id: "keys", title: "Keyboard and mouse", topic: "Design", keys: ["?"], icon: "keyboard", words: "shortcuts help rebind settings", anywhere: true, run: () => set({ dialog: "keys" }) },
];
