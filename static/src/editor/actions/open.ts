/** Opening files: designs, pictures that carry one, models made elsewhere. A file that cannot be opened changes nothing. */
import { messageOf } from "@shared/api/client";
import { MAX_BYTES, type Parsed, parseDesign, readDesign } from "../model/parse";
import { KEYWORD, readPngText } from "../model/png";
import { HEAD, aboutForeign, kindOf } from "../model/sniff";
import { readSvgMetadata } from "../model/svg";
import * as server from "../state/server";
import { editor } from "../state/store";
import { replaceWith, saveVersion } from "./files";

const state = () => editor.getState();

/** Pictures have pixels beside their design. */
const MAX_PICTURE = 100 * 1024 * 1024;

const megabytes = (bytes: number): string => `${Math.max(1, Math.round(bytes / 1e6)).toLocaleString("en-US")} MB`;

/** The design in a file, what to tell of it, or why there is none. */
type Opened = (Extract<Parsed, { design: unknown }> & { imported?: server.Imported }) | { error: string };

export async function openFile(file: File): Promise<void> {
  const opened = await read(file).catch((error: unknown): Opened => ({ error: messageOf(error) }));
  if ("error" in opened) return state().notify(`"${file.name}" was not opened, and your draft is unchanged. ${opened.error}`, "bad");
  replaceWith(opened.design, `open ${file.name}`);
  const { imported, warnings } = opened;
  if (imported) return state().set({ dialog: "imported", imported: { file, ...imported } });
  const note = warnings.length ? ` ${warnings[0]}` : "";
  state().notify(`Opened ${file.name}; undo brings back what was here.${note}`, warnings.length ? "info" : "good");
}

async function read(file: File): Promise<Opened> {
  const kind = kindOf(file.name, new Uint8Array(await file.slice(0, HEAD).arrayBuffer()));
  if (kind === "foreign") return { error: `It ${aboutForeign(file.name)}.` };
  if (kind === "onnx") return readOnnx(file);
  const most = kind === "png" ? MAX_PICTURE : MAX_BYTES;
  if (file.size > most) return { error: `It has ${megabytes(file.size)}; ${kind === "png" ? "a picture" : "a design"} may have at most ${megabytes(most)}.` };
  if (kind === "json") return parseDesign(await file.text());
  const held = kind === "png" ? readPngText(new Uint8Array(await file.arrayBuffer()), KEYWORD) : readSvgMetadata(await file.text());
  if (held === null)
    return { error: "It is a picture without a design inside: only pictures downloaded from this editor carry one, and programs that write them anew may take it out." };
  return parseDesign(held);
}

async function readOnnx(file: File): Promise<Opened> {
  state().notify(`Reading ${file.name} …`);
  const imported = await server.importModel(file);
  const parsed = readDesign(imported.design);
  return "error" in parsed ? parsed : { ...parsed, imported };
}

/** Saves the imported design as a version, and its file's weights with that; gives why that did not work. */
export async function keepWeights(): Promise<string> {
  const { imported } = state();
  if (!imported) return "";
  const version = await saveVersion(`from ${imported.file.name}`);
  if (version === undefined) return "The design could not be saved, so its weights were not kept. Try again.";
  try {
    const kept = await server.keepWeights(state().designId!, version, imported.file);
    state().set({ imported: { ...imported, kept } });
    return "";
  } catch (error) {
    return messageOf(error);
  }
}

export function chooseFile(): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ".json,.png,.svg,.onnx,application/json,image/png,image/svg+xml";
  input.onchange = () => {
    const file = input.files?.[0];
    if (file) void openFile(file);
  };
  input.click();
}
