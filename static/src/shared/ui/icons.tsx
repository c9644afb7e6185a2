/** The few icons we use, as 16-unit line drawings; they take the colour of the text beside them. */
const PATHS = {
  check: "M3 8.5l3.2 3.2L13 4.8",
  cross: "M4 4l8 8M12 4l-8 8",
  alert: "M8 2.2L14.6 13.5H1.4zM8 6.4v3.4M8 11.7v.3",
  info: "M8 14A6 6 0 108 2a6 6 0 000 12zM8 7.4v3.6M8 5v.3",
  play: "M5 3.2v9.6l7.6-4.8z",
  stop: "M4 4h8v8H4z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  repeat: "M3 7V6a2.5 2.5 0 012.5-2.5h6M9.4 1.4l2.3 2.1-2.3 2.1M13 9v1a2.5 2.5 0 01-2.5 2.5h-6M6.6 14.6l-2.3-2.1 2.3-2.1",
  download: "M8 2.5v7.4M4.8 7.2L8 10.4l3.2-3.2M2.8 13.2h10.4",
  upload: "M8 10.5V3M4.8 5.9L8 2.7l3.2 3.2M2.8 13.2h10.4",
  trash: "M2.8 4.3h10.4M6.2 4.3V2.8h3.6v1.5M4.2 4.3l.6 9h6.4l.6-9M6.7 7v3.8M9.3 7v3.8",
  pencil: "M10.6 3.2l2.2 2.2-7.4 7.4-2.9.7.7-2.9zM9 4.8L11.2 7",
  link: "M6.6 9.4l2.8-2.8M7.2 4.6l1.6-1.6a2.9 2.9 0 014.2 4.2l-1.6 1.6M8.8 11.4l-1.6 1.6A2.9 2.9 0 013 8.8l1.6-1.6",
  undo: "M5.6 3L2.8 5.8l2.8 2.8M3 5.8h6.2a3.6 3.6 0 010 7.2H6",
  copy: "M5.5 5.5V3h7.5v7.5h-2.5M3 5.5h7.5V13H3z",
  search: "M7 12A5 5 0 107 2a5 5 0 000 10zM10.6 10.6L14 14",
  plus: "M8 3v10M3 8h10",
  chevron: "M6 3.8L10.2 8 6 12.2",
  down: "M3.8 6L8 10.2 12.2 6",
  up: "M3.8 10L8 5.8 12.2 10",
  first: "M3.8 11L8 6.8 12.2 11M3.8 4h8.4",
  external: "M9.2 3h3.8v3.8M13 3L7.4 8.6M11.2 9.4V13H3V4.8h3.6",
  sun: "M8 11a3 3 0 100-6 3 3 0 000 6zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3.05 3.05l1.1 1.1M11.85 11.85l1.1 1.1M3.05 12.95l1.1-1.1M11.85 4.15l1.1-1.1",
  moon: "M13.4 9.6A5.8 5.8 0 016.4 2.6 5.8 5.8 0 1013.4 9.6z",
  auto: "M8 14A6 6 0 108 2a6 6 0 000 12zM8 2v12M8 5l4.6-.6M8 8h6M8 11l4.6.6",
  more: "M3.2 8h.1M8 8h.1M12.8 8h.1",
  graph: "M2.5 3h4v3.4h-4zM9.5 9.6h4V13h-4zM4.5 6.4v4.9h5",
  bolt: "M9 1.8L3.4 9.2H8l-1 5 5.6-7.4H8z",
  gauge: "M2.6 12.4a6.2 6.2 0 1110.8 0M8 9.6l2.8-3.4M8 10.6a1 1 0 100-2 1 1 0 000 2z",
  data: "M8 5.6c2.8 0 5-.8 5-1.8S10.8 2 8 2s-5 .8-5 1.8S5.2 5.6 8 5.6zM3 3.8v8.4C3 13.2 5.2 14 8 14s5-.8 5-1.8V3.8M3 8c0 1 2.2 1.8 5 1.8S13 9 13 8",
  eraser: "M6 13.2h7.5M2.6 9.6l6.4-6.4 4.2 4.2-5.8 5.8H5.2z",
  image: "M2.5 3h11v10h-11zM2.5 11l3.3-3.6 2.7 2.8 1.7-1.7 3.3 3M10.5 6.2h.1",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, label, size = 16 }: { name: IconName; label?: string; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "more" ? 2.4 : 1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": true })}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
