/** Curves over steps, drawn by uPlot: hover with all values, shared cursor, spread of thinned points, marks for NaN. */
import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { full } from "../format";
import { align, gaps, smooth, thin, type Curve } from "../series/series";
import { cssColor, onThemeChange } from "../theme";
import { around, fit, wide } from "./range";
import "./chart.css";

export interface ChartSeries {
  label: string;
  curve: Curve;
  /** A colour token, for example `--series-1`. */
  color: string;
  /** Points with a line between (few, as after each epoch), instead of a smoothed line. */
  dots?: boolean;
  dash?: number[] | undefined;
}

export interface ChartProps {
  title: string;
  series: ChartSeries[];
  /** Writes a value with its unit. */
  format: (value: number | null | undefined) => string;
  /** Writes a value at the axis, without a unit; `unit` then stands behind the title. */
  tick?: (value: number) => string;
  unit?: string;
  height?: number;
  /** Weight of the moving mean for series without dots; the raw curve stays faint behind. */
  smoothing?: number;
  /** Fixed ends of the axis, for shares of one. */
  range?: [number, number];
  log?: boolean;
  /** Charts with one key share their cursor. */
  sync?: string;
  /** How the figure came about, shown on hover of the title. */
  how?: string;
  /** What is said while there are no points. */
  empty?: string;
  /** What the curves lie over, where that is not steps. */
  x?: { word: string; format: (value: number) => string };
  /** Without, the names of the curves are somewhere else, and only what is pointed at is said. */
  keys?: boolean;
}

const MOST_POINTS = 600;
/** More dots than this would run into one another. */
const MOST_DOTS = 60;

interface Built {
  data: uPlot.AlignedData;
  nan: { steps: number[]; color: string }[];
}

export function Chart({ title, series, format, tick, unit = "", height = 190, smoothing = 0, range, log = false, sync, how, empty = "no values", x, keys = true }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const marks = useRef<Built["nan"]>([]);
  const tickRef = useRef(tick ?? format);
  tickRef.current = tick ?? format;
  const acrossRef = useRef(x?.format);
  acrossRef.current = x?.format;
  const [cursor, setCursor] = useState<number | null>(null);
  const [themed, setThemed] = useState(0);
  useEffect(() => onThemeChange(() => setThemed((old) => old + 1)), []);

  const built = useMemo<Built>(() => {
    const thinned = series.map((item) => thin(item.curve, MOST_POINTS));
    const lines = thinned.flatMap((curve, at) => {
      const given = series[at]!;
      const values = log ? curve.values.map((value) => (value !== null && value > 0 ? value : null)) : curve.values;
      const soft = !given.dots && smoothing > 0 ? smooth(values, smoothing) : values;
      return given.dots ? [{ steps: curve.steps, values: soft }] : [{ steps: curve.steps, values }, { steps: curve.steps, values: soft }];
    });
    return {
      data: align(lines) as uPlot.AlignedData,
      nan: series.map((item) => ({ steps: gaps(item.curve), color: item.color })),
    };
  }, [series, smoothing, log]);
  marks.current = built.nan;

  // Only what changes the drawing itself builds it anew; data comes and goes through setData.
  const shape = JSON.stringify([series.map((item) => [item.label, item.color, item.dots, item.dash]), x?.word, smoothing > 0, range, log, height, sync, themed]);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const line = cssColor("--line");
    const muted = cssColor("--muted");
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const drawn = series.flatMap((item): uPlot.Series[] => {
      const stroke = cssColor(item.color);
      // One point makes no line; it is drawn as a dot.
      const alone = (self: uPlot, at: number): boolean => !more(self.data[at] ?? [], 1);
      const base = { label: item.label, spanGaps: false, ...(item.dash ? { dash: item.dash } : {}), points: { show: alone, size: 6, fill: stroke, stroke } };
      const apart = (self: uPlot, at: number): boolean => !more(self.data[at] ?? [], MOST_DOTS);
      if (item.dots) return [{ ...base, stroke, width: 2, points: { show: apart, size: 6, fill: stroke, stroke }, spanGaps: true }];
      // The raw curve, faint, below its mean; without smoothing only the raw one is seen.
      return [
        { ...base, stroke, width: 1, alpha: smoothing > 0 ? 0.28 : 0 },
        { ...base, stroke, width: 1.75 },
      ];
    });
    const chart = new uPlot(
      {
        width: Math.max(120, element.clientWidth),
        height,
        legend: { show: false },
        padding: [10, 18, 0, 0],
        cursor: {
          ...(sync ? { sync: { key: sync, setSeries: false } } : {}),
          points: { size: 7 },
          drag: { x: true, y: false },
          x: true,
          y: false,
        },
        scales: {
          // Without points the axis still has its place, else the lowest figure of the other one is cut off.
          x: { time: false, range: (_, low, high) => (low === null || high === null ? [0, 100] : wide(low, high)) },
          y: log ? { distr: 3 } : range ? { range: (_, low, high) => fit(range, low, high) } : { range: (_, low, high) => around(low, high) },
        },
        axes: [
          { stroke: muted, font, size: 28, grid: { show: false }, ticks: { stroke: line, size: 4 }, values: (_, ticks) => ticks.map((tick) => (acrossRef.current ? acrossRef.current(tick) : Number.isInteger(tick) ? full(tick) : "")) },
          { stroke: muted, font, size: 54, grid: { stroke: line, width: 1 }, ticks: { show: false }, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : tickRef.current(tick))) },
        ],
        series: [{ label: "step" }, ...drawn],
        hooks: {
          setCursor: [(self) => setCursor(self.cursor.idx ?? null)],
          draw: [(self) => drawMarks(self, marks.current)],
        },
      },
      built.data,
      element,
    );
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: Math.max(120, element.clientWidth), height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => plot.current?.setData(built.data), [built]);

  const bare = series.every((item) => item.curve.steps.length === 0);
  const at = cursor !== null && built.data[0].length > cursor ? cursor : null;
  let column = 0;
  return (
    <figure className="chart" aria-label={`${title}: ${series.map((item) => `${item.label} ${format(item.curve.values.at(-1))}`).join(", ")}`}>
      <figcaption>
        <span className="chart-title" title={how} {...(how ? { "data-how": "" } : {})}>
          {title}
        </span>
        {unit && <span className="unit chart-unit">{unit}</span>}
        <span className="chart-legend">
          {at !== null && <span className="chart-step">{x ? `${x.word} ${x.format(built.data[0][at]!)}` : `step ${full(built.data[0][at])}`}</span>}
          {(keys || (at !== null && series.length <= 8)) && series.map((item) => {
            column += item.dots ? 1 : 2;
            const value = at === null ? item.curve.values.at(-1) : near(built.data[column] ?? [], at);
            const isNan = item.curve.steps.length > 0 && at === null && value === null;
            return (
              <span key={item.label} className="chart-key">
                <i style={{ background: `var(${item.color})` }} />
                {item.label} <b>{isNan ? "NaN" : format(value)}</b>
              </span>
            );
          })}
        </span>
      </figcaption>
      <div className="chart-plot" ref={host} style={{ minHeight: height }}>
        {bare && <div className="chart-empty"><span>{empty}</span></div>}
      </div>
    </figure>
  );
}

/** Whether a column has more values than that. */
function more(column: ArrayLike<number | null | undefined>, limit: number): boolean {
  let count = 0;
  for (let at = 0; at < column.length && count <= limit; at++) {
    if (column[at] !== null && column[at] !== undefined) count += 1;
  }
  return count > limit;
}

/** The value at a place, or the last one before it: curves with few points have none at most steps. */
function near(column: ArrayLike<number | null | undefined>, at: number): number | null | undefined {
  for (let place = at; place >= 0; place--) {
    if (column[place] !== undefined) return column[place];
  }
  return undefined;
}

/** A cross at the foot of the chart for every step whose value was no finite number. */
function drawMarks(chart: uPlot, nan: Built["nan"]): void {
  const { ctx, bbox } = chart;
  const size = 3.5 * devicePixelRatio;
  ctx.save();
  ctx.lineWidth = 1.5 * devicePixelRatio;
  for (const { steps, color } of nan) {
    if (!steps.length) continue;
    ctx.strokeStyle = cssColor(color);
    ctx.beginPath();
    let last = -Infinity;
    for (const step of steps) {
      const x = chart.valToPos(step, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width || x - last < size) continue;
      last = x;
      const y = bbox.top + bbox.height - size * 1.6;
      ctx.moveTo(x - size, y - size);
      ctx.lineTo(x + size, y + size);
      ctx.moveTo(x + size, y - size);
      ctx.lineTo(x - size, y + size);
    }
    ctx.stroke();
  }
  ctx.restore();
}
