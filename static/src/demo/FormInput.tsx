/** One row of a table, field by field, begun with the means of the training data. */
import { useEffect, useRef, useState } from "react";
import { plain } from "../shared/format";
import type { Json } from "../shared/types";
import type { FormField } from "./types";

export function FormInput({ fields, first, onRow }: { fields: FormField[]; first: Record<string, Json> | null; onRow: (row: Record<string, number | string>) => void }) {
  const [row, setRow] = useState<Record<string, string>>(() =>
    Object.fromEntries(fields.map((field) => [field.name, first && first[field.name] != null ? String(first[field.name]) : field.kind === "category" ? (field.values?.[0] ?? "") : field.default === undefined ? "" : String(Number(field.default.toPrecision(4)))])),
  );
  const bad = fields.filter((field) => field.kind === "number" && row[field.name]?.trim() !== "" && !Number.isFinite(Number(row[field.name])));
  const asked = useRef(first ? row : null);
  useEffect(() => {
    // A row from the test data has been asked by whoever took it.
    if (bad.length || asked.current === row) return;
    asked.current = row;
    const timer = setTimeout(() => {
      const values = fields.flatMap((field): [string, number | string][] => {
        const text = row[field.name]?.trim() ?? "";
        if (text === "") return [];
        return [[field.name, field.kind === "number" ? Number(text) : text]];
      });
      onRow(Object.fromEntries(values));
    }, 250);
    return () => clearTimeout(timer);
  }, [row]);
  return (
    <div className="demo-form">
      {fields.map((field) => {
        const id = `field-${field.name}`;
        const set = (value: string): void => setRow((old) => ({ ...old, [field.name]: value }));
        const wrong = bad.includes(field);
        const out = field.kind === "number" && !wrong && field.low !== undefined && field.high !== undefined && row[field.name] !== "" && (Number(row[field.name]) < field.low || Number(row[field.name]) > field.high);
        return (
          <div className="field" key={field.name}>
            <label htmlFor={id}>{field.name}</label>
            {field.kind === "category" ? (
              <select id={id} className="select" value={row[field.name]} onChange={(event) => set(event.target.value)}>
                {field.values?.map((value) => <option key={value}>{value}</option>)}
              </select>
            ) : (
              <input id={id} className="input" inputMode="decimal" value={row[field.name]} aria-invalid={wrong || undefined} aria-describedby={`${id}-hint`} onChange={(event) => set(event.target.value)} />
            )}
            {field.kind === "number" && (
              <span className={wrong ? "fault" : "hint"} id={`${id}-hint`}>
                {wrong ? "is not a number" : field.low !== undefined ? `${plain(field.low)} to ${plain(field.high)} in the data${out ? "; this is outside" : ""}` : ""}
              </span>
            )}
          </div>
        );
      })}
    </div>
  );
}
