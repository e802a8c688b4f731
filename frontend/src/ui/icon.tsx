/** Line icons on a 16 px grid; they say nothing that the text beside or the label does not. */
const PATHS = {
  dashboard: "M2.5 10.5h2.8l1.8-5 2.6 7 1.6-4h2.2",
  interfaces: "M8 3v10M3 5.5h10M3 10.5h10M3 5.5v5M13 5.5v5",
  audit: "M4 2.5h8v11H4zM6.2 5.5h3.6M6.2 8h3.6M6.2 10.5h2",
  account: "M8 8.2a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2ZM3 13.5c.6-2.3 2.5-3.5 5-3.5s4.4 1.2 5 3.5",
  people:
    "M6 8a2.3 2.3 0 1 0 0-4.6A2.3 2.3 0 0 0 6 8ZM1.8 13c.5-2.2 2.1-3.2 4.2-3.2s3.7 1 4.2 3.2M10.4 3.6a2.2 2.2 0 0 1 0 4.2M11.9 10c1.3.4 2.1 1.4 2.4 3",
  key: "M10.2 8.6a3.1 3.1 0 1 0-2.8-2.8L2.8 10.4v2.8h2.8v-1.9h1.9V9.4Z",
  settings: "M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6M10 3.4v3.2M6 9.4v3.2",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3 13.5 13.5",
  close: "m4 4 8 8M12 4l-8 8",
  copy: "M6 5.5h6.5v8H6zM3.5 10.5v-8H10",
  check: "m3.5 8.5 3 3 6-7",
  columns: "M2.5 3.5h11v9h-11zM6.2 3.5v9M9.8 3.5v9",
  fold: "m9.5 4.5-3.5 3.5 3.5 3.5M13 3v10",
  unfold: "m6.5 4.5 3.5 3.5-3.5 3.5M3 3v10",
  up: "M8 13V3.5M4.5 7 8 3.5 11.5 7",
  down: "M8 3v9.5M4.5 9 8 12.5 11.5 9",
  more: "M8 3.3a.4.4 0 1 0 0 .8.4.4 0 0 0 0-.8ZM8 7.6a.4.4 0 1 0 0 .8.4.4 0 0 0 0-.8ZM8 11.9a.4.4 0 1 0 0 .8.4.4 0 0 0 0-.8Z",
  plus: "M8 3.5v9M3.5 8h9",
  leave: "M9.5 3h-6v10h6M7 8h6.5M11 5.5 13.5 8 11 10.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.3"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
