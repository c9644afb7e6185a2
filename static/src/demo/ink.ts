/** Where the ink of a drawing is, and how it is framed for a model that saw centred characters. Pure. */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The smallest box around everything brighter than `least`, in a picture of RGBA bytes; null when there is nothing. */
export function inkBox(pixels: ArrayLike<number>, width: number, height: number, least = 40): Box | null {
  let left = width, right = -1, top = height, bottom = -1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (pixels[(y * width + x) * 4]! <= least) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
  }
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** The square of the drawing to send: the ink in its middle, with a margin of `margin` of the side. May reach over the edge. */
export function frame(box: Box, margin: number): Box {
  const side = Math.max(box.width, box.height) / (1 - 2 * margin);
  return { x: box.x + box.width / 2 - side / 2, y: box.y + box.height / 2 - side / 2, width: side, height: side };
}

/** The margin that characters have in data of that size: tiny pictures (8 x 8) are filled to the edge, MNIST's have 4 of 28. */
export const marginFor = (pixels: number): number => (pixels <= 12 ? 0.02 : 4 / 28);

/** How thick the pen is, as a part of the canvas, so that strokes come out as thick as in the data. */
export const penFor = (pixels: number): number => (pixels <= 12 ? 0.115 : 0.075);
