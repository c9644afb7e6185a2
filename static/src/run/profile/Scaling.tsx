/** Latency and throughput against the batch, a line for each backend, with the 95 % mark as a whisker. */
import { useEffect, useRef, useState } from "react";
import { axis, place } from "../../compare/scatter";
import { full, ms, short, significant } from "../../shared/format";
import { BACKENDS, type Backend, type Measurement, type ProfileDocument } from "../../shared/profile/document";

const HEIGHT = 220;
const ROOM = { left: 54, right: 14, top: 12, bottom: 36 };
const COLORS: Record<Backend, string> = { eager: "--series-1", onnxruntime: "--series-2" };

interface Figure {
  title: string;
  unit: string;
  how: string;
  of: (one: Measurement) => number;
  /** Where a whisker ends. */
  far?: (one: Measurement) => number;
  show: (value: number) => string;
  tick: (value: number) => string;
}

const FIGURES: Figure[] = [
  { title: "Latency", unit: "ms for a batch", how: "The median of a forward; the whisker ends where 95 % of them are below.", of: (one) => one.p50_ms, far: (one) => one.p95_ms, show: ms, tick: (value) => significant(value) },
  { title: "Throughput", unit: "samples/s", how: "The batch over its median time.", of: (one) => one.samples_per_s, show: (value) => `${short(value)} samples/s`, tick: short },
];

export function Scaling({ found }: { found: ProfileDocument }) {
  const backends = (Object.keys(BACKENDS) as Backend[]).filter((backend) => found.latency_ms.some((one) => one.backend === backend));
  return (
    <section className="run-charts" aria-label="By batch size">
      {FIGURES.map((figure) => (
        <div className="card pad" key={figure.title}>
          <figure className="scaling">
            <figcaption>
              <span className="chart-title" title={figure.how} data-how="">{figure.title}</span>
              <span className="unit">{figure.unit}, against the batch</span>
              <span className="scaling-key">{backends.map((backend) => <span key={backend}><i style={{ background: `var(${COLORS[backend]})` }} /> {BACKENDS[backend]}</span>)}</span>
            </figcaption>
            <Plot figure={figure} found={found} backends={backends} />
          </figure>
        </div>
      ))}
    </section>
  );
}

function Plot({ figure, found, backends }: { figure: Figure; found: ProfileDocument; backends: Backend[] }) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(420);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(220, Math.floor(entry.contentRect.width))));
    observer.observe(host.current!);
    return () => observer.disconnect();
  }, []);
  const batches = [...new Set(found.latency_ms.map((one) => one.batch))].sort((a, b) => a - b);
  const values = found.latency_ms.flatMap((one) => [figure.of(one), ...(figure.far ? [figure.far(one)] : [])]);
  const [across, up] = [axis(batches, true), axis([...values, 0], false, 5)];
  const left = (batch: number): number => ROOM.left + (batches.length > 1 ? place(batch, across) : 0.5) * (width - ROOM.left - ROOM.right);
  const top = (value: number): number => HEIGHT - ROOM.bottom - place(value, up) * (HEIGHT - ROOM.top - ROOM.bottom);
  return (
    <div ref={host}>
      <svg width={width} height={HEIGHT} role="img" aria-label={`${figure.title} by batch size; the table above has the same figures`}>
        {up.ticks.map((value) => (
          <g key={value}>
            <line className="grid" x1={ROOM.left} x2={width - ROOM.right} y1={top(value)} y2={top(value)} />
            <text className="tick" x={ROOM.left - 8} y={top(value) + 4} textAnchor="end">{figure.tick(value)}</text>
          </g>
        ))}
        {batches.map((batch) => <text key={batch} className="tick" x={left(batch)} y={HEIGHT - ROOM.bottom + 16} textAnchor="middle">{full(batch)}</text>)}
        <text className="tick" x={(ROOM.left + width - ROOM.right) / 2} y={HEIGHT - 4} textAnchor="middle">batch size</text>
        {backends.map((backend) => {
          const points = found.latency_ms.filter((one) => one.backend === backend);
          return (
            <g key={backend} style={{ color: `var(${COLORS[backend]})` }}>
              <polyline className="line" points={points.map((one) => `${left(one.batch)},${top(figure.of(one))}`).join(" ")} />
              {points.map((one) => (
                <g key={one.batch}>
                  <title>{`${BACKENDS[backend]}, batch ${full(one.batch)}: ${figure.show(figure.of(one))}${figure.far ? `, 95 % below ${figure.show(figure.far(one))}` : ""}`}</title>
                  {figure.far && <line className="whisker" x1={left(one.batch)} x2={left(one.batch)} y1={top(figure.of(one))} y2={top(figure.far(one))} />}
                  <circle cx={left(one.batch)} cy={top(figure.of(one))} r={4} />
                  <circle className="reach" cx={left(one.batch)} cy={top(figure.of(one))} r={12} />
                </g>
              ))}
            </g>
          );
        })}
      </svg>
    </div>
  );
}
