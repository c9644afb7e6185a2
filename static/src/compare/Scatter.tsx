/** How well against how dear: each run a point that leads to its graph, the Pareto front as a line. */
import { useEffect, useRef, useState, type PointerEvent } from "react";
import { metricLabel } from "../shared/format";
import type { ComparedRun } from "../shared/types";
import { COSTS, type Cost, type Group, latencyKind, measured, measureText } from "./figures";
import { type By, kindOf, legend } from "./look";
import { type Axis, axis, front, place, type Point, spreads } from "./scatter";

interface Spot extends Point {
  run: ComparedRun;
}

const HEIGHT = 380;
const ROOM = { left: 58, right: 18, top: 14, bottom: 44 };

export function Scatter({ group }: { group: Group }) {
  const [key, setKey] = useState<Cost["key"]>("latency");
  const [by, setBy] = useState<By>("design");
  // Null: as the values suggest.
  const [log, setLog] = useState<boolean | null>(null);
  const cost = COSTS.find((item) => item.key === key)!;
  const spots = group.runs.flatMap((run): Spot[] => {
    const [x, y] = [cost.of(run), measured(run)];
    return x === null || y === null ? [] : [{ id: run.id, x, y, run }];
  });
  const kinds = [...new Set(key === "latency" ? spots.map(({ run }) => latencyKind(run)) : [])];
  const isLog = log ?? spreads(spots.map(({ x }) => x));
  const { label } = metricLabel(group.measure);
  const colors = legend(spots.map(({ run }) => run), by);
  return (
    <section className="card" aria-labelledby="scatter">
      <header className="wrap">
        <h2 id="scatter">{label} against cost</h2>
        <div className="row wrap">
          <div className="segments" role="group" aria-label="Cost">
            {COSTS.map((item) => <button key={item.key} type="button" aria-pressed={item.key === key} title={item.how} onClick={() => setKey(item.key)}>{item.label}</button>)}
          </div>
          <label className="row muted">Colour <select className="select" value={by} onChange={(event) => setBy(event.target.value as By)}><option value="design">by design</option><option value="run">by run</option></select></label>
          <label className="row muted"><input type="checkbox" checked={isLog} onChange={(event) => setLog(event.target.checked)} /> Log scale</label>
        </div>
      </header>
      <div className="body stack">
        {spots.length === 0 ? (
          <div className="empty"><strong>No run has both figures yet</strong><span>Latency is measured when a training starts, {label.toLowerCase()} after its first epoch.</span></div>
        ) : (
          <>
            {kinds.length > 1 && <p className="note warn">These latencies were not measured alike ({kinds.join("; ")}), so they say little about each other.</p>}
            <Plot spots={spots} cost={cost} group={group} log={isLog} by={by} colors={colors} />
            <p className="scatter-key muted">
              <span>{group.better === "max" ? "Higher" : "Lower"} and further left is better.</span>
              <span><i className="front-key" /> Pareto front: nothing here is both better and cheaper</span>
              {[...colors].slice(0, 12).map(([kind, color]) => <span key={kind}><i style={{ background: `var(${color})` }} /> {kind}</span>)}
              {spots.length < group.runs.length && <span>{group.runs.length - spots.length} without these figures {group.runs.length - spots.length === 1 ? "is" : "are"} not drawn.</span>}
            </p>
          </>
        )}
      </div>
    </section>
  );
}

interface PlotProps {
  spots: Spot[];
  cost: Cost;
  group: Group;
  log: boolean;
  by: By;
  colors: Map<string, string>;
}

function Plot({ spots, cost, group, log, by, colors }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  const [active, setActive] = useState<string | null>(null);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, Math.floor(entry.contentRect.width))));
    observer.observe(host.current!);
    return () => observer.disconnect();
  }, []);
  const { label, unit, tick } = metricLabel(group.measure);
  const [across, up] = [axis(spots.map(({ x }) => x), log, width < 500 ? 4 : 8), axis(spots.map(({ y }) => y), false)];
  const left = (x: number): number => ROOM.left + place(x, across) * (width - ROOM.left - ROOM.right);
  const top = (y: number): number => HEIGHT - ROOM.bottom - place(y, up) * (HEIGHT - ROOM.top - ROOM.bottom);
  const best = front(spots, group.better);
  const shown = spots.find(({ id }) => id === active);
  // A finger has no hover: its first touch shows the figures, the links are there.
  const touch = (event: PointerEvent, id: string): void => {
    if (event.pointerType !== "mouse") setActive(id);
  };
  return (
    <div className="scatter" ref={host} onKeyDown={(event) => event.key === "Escape" && setActive(null)} onPointerLeave={(event) => event.pointerType === "mouse" && setActive(null)}>
      <svg width={width} height={HEIGHT} role="group" aria-label={`${label} against ${cost.label}, ${spots.length} runs; the table below has the same figures`}>
        <Grid across={across} up={up} left={left} top={top} width={width} />
        {across.ticks.map((value) => <text key={value} className="tick" x={left(value)} y={HEIGHT - ROOM.bottom + 16} textAnchor="middle">{cost.tick(value)}</text>)}
        {up.ticks.map((value) => <text key={value} className="tick" x={ROOM.left - 8} y={top(value) + 4} textAnchor="end">{tick(value)}</text>)}
        <text className="axis" x={(ROOM.left + width - ROOM.right) / 2} y={HEIGHT - 8} textAnchor="middle">{cost.label}{cost.unit && `, ${cost.unit}`}</text>
        <text className="axis" transform={`translate(12 ${(ROOM.top + HEIGHT - ROOM.bottom) / 2}) rotate(-90)`} textAnchor="middle">{label}{unit && `, ${unit}`}</text>
        <path className="front" d={steps(best.map(({ x, y }) => [left(x), top(y)]), width - ROOM.right)} />
        {spots.map((spot) => (
          <a
            key={spot.id}
            href={spot.run.design?.url ?? spot.run.url}
            aria-label={`${spot.run.name}: ${measureText(spot.run)}, ${cost.text(spot.x)}${best.includes(spot) ? ", on the Pareto front" : ""}. Opens its graph`}
            data-run={spot.id}
            data-front={best.includes(spot) || undefined}
            onPointerEnter={() => setActive(spot.id)}
            onFocus={() => setActive(spot.id)}
            onPointerDown={(event) => touch(event, spot.id)}
            onClick={(event) => (event.nativeEvent as globalThis.PointerEvent).pointerType === "touch" && event.preventDefault()}
          >
            <circle className="reach" cx={left(spot.x)} cy={top(spot.y)} r={14} />
            <circle className="spot" cx={left(spot.x)} cy={top(spot.y)} r={active === spot.id ? 8 : 6} style={{ fill: `var(${colors.get(kindOf(spot.run, by))})` }} />
          </a>
        ))}
      </svg>
      {shown && <Card spot={shown} cost={cost} onFront={best.includes(shown)} x={left(shown.x)} y={top(shown.y)} width={width} />}
    </div>
  );
}

function Grid({ across, up, left, top, width }: { across: Axis; up: Axis; left: (x: number) => number; top: (y: number) => number; width: number }) {
  return (
    <g className="grid" aria-hidden="true">
      {across.ticks.map((value) => <line key={`x${value}`} x1={left(value)} x2={left(value)} y1={ROOM.top} y2={HEIGHT - ROOM.bottom} />)}
      {up.ticks.map((value) => <line key={`y${value}`} x1={ROOM.left} x2={width - ROOM.right} y1={top(value)} y2={top(value)} />)}
    </g>
  );
}

/** What is best at each cost: level until something better comes. */
function steps(points: [number, number][], right: number): string {
  if (!points.length) return "";
  const [first, ...rest] = points;
  return `M${first!.join(" ")}${rest.map(([x, y]) => `H${x}V${y}`).join("")}H${right}`;
}

function Card({ spot: { run, x: value }, cost, onFront, x, y, width }: { spot: Spot; cost: Cost; onFront: boolean; x: number; y: number; width: number }) {
  const most = Math.min(260, width - 8);
  // Beside the point, on the side where there is room; its edge touches the point, so that a pointer gets there.
  const style = { width: most, left: Math.max(4, Math.min(x > width / 2 ? x - most : x, width - most - 4)), ...(y > HEIGHT / 2 ? { bottom: HEIGHT - y + 8 } : { top: y + 8 }) };
  return (
    <div className="scatter-card" style={style}>
      <strong>{run.name}</strong>
      <dl>
        <div><dt>{metricLabel(run.measure!.name).label}</dt><dd>{measureText(run)}</dd></div>
        {COSTS.map((item) => <div key={item.key}><dt>{item.label}</dt><dd>{item.key === cost.key ? <b>{item.text(value)}</b> : item.text(item.of(run))}</dd></div>)}
      </dl>
      {run.latency && <p className="hint">{latencyKind(run)}</p>}
      {onFront && <p className="hint">On the Pareto front</p>}
      <p className="row"><a href={run.url}>Run</a>{run.design?.url && <a href={run.design.url}>Graph of {run.design.name} v{run.design.version}</a>}</p>
    </div>
  );
}
