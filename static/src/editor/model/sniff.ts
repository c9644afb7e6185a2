/** What a file is, by its first bytes and its name; and what to say of one that cannot be opened here. */
import { isPng } from "./png";

export type Kind = "json" | "png" | "svg" | "onnx" | "foreign";

/** Bytes that are enough to tell. */
export const HEAD = 512;

export function kindOf(name: string, head: Uint8Array): Kind {
  if (isPng(head)) return "png";
  const text = new TextDecoder().decode(head).replace(/^\ufeff/, "").trimStart();
  if (text.startsWith("<") && (/<svg[\s>/]/.test(text) || /\.svg$/i.test(name))) return "svg";
  // An ONNX file begins with the number of its format, as a field of that kind.
  if (/\.onnx$/i.test(name) || head[0] === 0x08) return "onnx";
  return head.includes(0) || UNREADABLE.test(text) || OTHERS.some(([ending]) => ending.test(name)) ? "foreign" : "json";
}

const UNREADABLE = /[\u0001-\u0008\u000e-\u001a\ufffd]/;

const OTHERS: [RegExp, string][] = [
  [/\.(pt|pth|bin|ckpt|pkl)$/i, "holds weights and code of PyTorch, which are not opened: write the model with torch.onnx.export, and drop the .onnx file"],
  [/\.(h5|hdf5|keras|pb|tflite)$/i, "is a TensorFlow model: convert it with tf2onnx, and drop the .onnx file"],
  [/\.safetensors$/i, "holds weights without a graph: drop a design (JSON) or an ONNX model"],
  [/\.(jpe?g|gif|webp|avif|bmp)$/i, "is a picture that carries no design: only PNG and SVG pictures downloaded from this editor do"],
  [/\.(zip|gz|tar|7z|rar)$/i, "is an archive: unpack it, and drop the file inside"],
];

/** Why a file of no kind known here is not opened, and what to do. */
export const aboutForeign = (name: string): string =>
  OTHERS.find(([ending]) => ending.test(name))?.[1] ?? "is no design (JSON), no picture downloaded from this editor (PNG, SVG) and no ONNX model";
