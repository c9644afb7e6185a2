/** Reading a confusion matrix: rows are what it was, columns what was said. Pure. */

export interface Mistake {
  truth: number;
  said: number;
  count: number;
  /** Of all samples of the true class. */
  share: number;
}

export const rowSums = (matrix: readonly (readonly number[])[]): number[] => matrix.map((row) => row.reduce((sum, count) => sum + count, 0));

/** The most frequent mistakes, by count. */
export function worst(matrix: readonly (readonly number[])[], most: number): Mistake[] {
  const sums = rowSums(matrix);
  const found: Mistake[] = [];
  for (const [truth, row] of matrix.entries()) {
    for (const [said, count] of row.entries()) {
      if (truth !== said && count > 0) found.push({ truth, said, count, share: count / (sums[truth] || 1) });
    }
  }
  return found.sort((a, b) => b.count - a.count || b.share - a.share).slice(0, most);
}

/** How strongly to colour a cell, from 0 to 1: its share of the row, bent so that rare mistakes are still seen. */
export function shade(count: number, sum: number): number {
  return sum > 0 && count > 0 ? 0.06 + 0.94 * Math.sqrt(count / sum) : 0;
}

/** The cell below a point of the drawing, or null beside it. */
export function cellAt(x: number, y: number, size: number, classes: number): { truth: number; said: number } | null {
  const said = Math.floor((x / size) * classes);
  const truth = Math.floor((y / size) * classes);
  return said >= 0 && said < classes && truth >= 0 && truth < classes ? { truth, said } : null;
}
