/** Line icons, drawn here so that nothing is fetched. */
const PATHS = {
  undo: "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  redo: "m15 14 5-5-5-5M20 9H10a6 6 0 0 0 0 12h3",
  search: "M11 19a8 8 0 1 1 0-16 8 8 0 0 1 0 16Zm10 2-4.3-4.3",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  help: "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18ZM9.500 9.500a2.500 2.500 0 1 1 3.600 2.200c-.700.400-1.100.900-1.100 1.800M12 17h.01",
  play: "M7 4v16l13-8Z",
  blocks: "M4 4h7v7H4zM13 13h7v7h-7zM13 4h7v7h-7zM4 13h7v7H4z",
  sliders: "M4 6h9M17 6h3M4 12h3M11 12h9M4 18h11M19 18h1M15 4v4M9 10v4M17 16v4",
  history: "M3 12a9 9 0 1 0 3-6.7L3 8M3 3v5h5M12 7v5l3 2",
  runs: "M3 17l6-6 4 4 8-9M15 6h6v6",
  cost: "M3 20h18M6 20v-6M11 20V5M16 20v-9",
  code: "m8 8-4 4 4 4m8-8 4 4-4 4M13 5l-2 14",
  graph: "M5 3h6v5H5zM13 16h6v5h-6zM8 8v5h8v3",
  outline: "M4 5h7M8 10h12M8 15h12M12 20h8",
  tidy: "M4 5h16M8 10h8M4 15h16M8 20h8",
  turn: "M4 4h7v5H4zM13 15h7v5h-7zM7.500 9v5a3 3 0 0 0 3 3H13",
  download: "M12 4v11m-5-4 5 5 5-5M4 20h16",
  upload: "M12 16V5m-5 4 5-5 5 5M4 20h16",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  keyboard: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M7 14h10",
  enter: "M9 6l6 6-6 6",
  back: "M15 6l-6 6 6 6",
  warn: "M12 3 2 20h20ZM12 10v4M12 17h.01",
  check: "m5 12 5 5 9-10",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
  group: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M9 9h6v6H9z",
  fx: "M14 4h-1.500A3.500 3.500 0 0 0 9 7.500V17a3 3 0 0 1-3 3M6 11h7M14 12l6 7M20 12l-6 7",
  reset: "M3 12a9 9 0 1 0 3-6.700L3 8M3 3v5h5",
  save: "M5 4h11l4 4v12H5zM8 4v5h7V4M8 20v-6h8v6",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  panel: "M4 4h16v16H4zM9 4v16",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12ZM12 15a3 3 0 1 1 0-6 3 3 0 0 1 0 6Z",
  dice: "M4 4h16v16H4zM8.500 8.500h1v1h-1zM14.500 8.500h1v1h-1zM8.500 14.500h1v1h-1zM14.500 14.500h1v1h-1z",
  pin: "M12 21v-7M8 3h8M9 3v6l-3 5h12l-3-5V3",
  wand: "m4 20 11-11M15 4v3M20 9h-3M18.500 5.500l-2 2M11 5h.01M19 13h.01",
  cloud: "M7 18a4 4 0 0 1 0-8 5 5 0 0 1 9.600-1A4.500 4.500 0 0 1 17 18Z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={name === "more" ? 3 : 1.8} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
