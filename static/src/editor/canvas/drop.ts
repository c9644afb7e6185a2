/** What may be dropped on the canvas: a palette entry, a design, a picture that carries one, an ONNX model. */
import type { DragEvent } from "react";
import { addChoice, choices } from "../actions/add";
import { openFile } from "../actions/open";
import type { Position } from "../model/types";

export const DRAG_TYPE = "application/x-blockyard-choice";

export function dropOnCanvas(event: DragEvent, toGraph: (screen: Position) => Position): void {
  const key = event.dataTransfer.getData(DRAG_TYPE);
  const file = event.dataTransfer.files[0];
  if (!key && !file) return;
  event.preventDefault();
  if (file) return void openFile(file);
  const choice = choices().find((one) => one.key === key);
  if (choice) addChoice(choice, toGraph({ x: event.clientX, y: event.clientY }));
}
