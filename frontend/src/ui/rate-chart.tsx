import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatRate, formatTime } from "@/lib/format";
import type { RatePoints } from "@/lib/rate-series";
import styles from "@/ui/rate-chart.module.css";
import { useWidth } from "@/ui/use-width";

type Props = {
  /** Says what is charted, for those who cannot see it. */
  label: string;
  points: RatePoints;
  /** Calls back each time there may be new points; returns the undo. */
  onChange: (redraw: () => void) => () => void;
  now: () => number;
  height?: number;
};

const RANGES = [
  [60, "1 min"],
  [300, "5 min"],
  [600, "10 min"],
] as const;

/** Receive upwards and transmit downwards around one zero line, with a crosshair that reads exact values. */
export function RateChart({ label, points, onChange, now, height = 180 }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLParagraphElement>(null);
  const width = useWidth(host);
  const [seconds, setSeconds] = useState<number>(600);
  const drawable = width > 0;

  useEffect(() => {
    const element = host.current;
    if (!element || !drawable) return;
    const style = getComputedStyle(element);
    const plot = new uPlot(
      options(style, element.clientWidth, height, (chart) => write(readout.current, chart, points)),
      mirrored(points),
      element,
    );
    const redraw = () => {
      if (document.visibilityState === "hidden") return;
      const end = now();
      plot.batch(() => {
        plot.setData(mirrored(points), false);
        plot.setScale("x", { min: windowStart(points, end, seconds), max: end });
      });
      write(readout.current, plot, points);
    };
    redraw();
    const undo = onChange(redraw);
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    const theme = new MutationObserver(() => plot.redraw(false));
    theme.observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });
    return () => {
      undo();
      resize.disconnect();
      theme.disconnect();
      plot.destroy();
    };
  }, [points, onChange, now, height, seconds, drawable]);

  return (
    <figure className={styles.chart} aria-label={label}>
      <div className={styles.bar}>
        <p ref={readout} className={styles.readout} />
        <fieldset className={styles.ranges} aria-label="Range">
          {RANGES.map(([range, name]) => (
            <button
              key={range}
              type="button"
              aria-pressed={range === seconds}
              onClick={() => setSeconds(range)}
            >
              {name}
            </button>
          ))}
        </fieldset>
      </div>
      <div ref={host} className={styles.plot} style={{ height }} />
    </figure>
  );
}

type Column = (number | null)[];

/** In bits, so that the axis has round numbers of what it says; transmit points down. */
function mirrored(points: RatePoints): uPlot.AlignedData {
  const scaled = (rates: readonly (number | null)[], factor: number): Column =>
    rates.map((rate) => (rate === null ? null : rate * factor));
  return [points.at as number[], scaled(points.rx, 8), scaled(points.tx, -8)];
}

/** The chosen range, or what there is of it so far, but never less than a minute. */
function windowStart(points: RatePoints, end: number, seconds: number): number {
  const known = end - (points.at[0] ?? end);
  return end - Math.min(seconds, Math.max(60, known));
}

/** The crosshair's values, else the newest ones. Elements are made once and only their text changes. */
function write(target: HTMLElement | null, plot: uPlot, points: RatePoints): void {
  if (!target) return;
  const index = plot.cursor.idx ?? points.at.length - 1;
  const time = points.at[index];
  const [rx, tx] = [points.rx[index], points.tx[index]];
  if (target.childElementCount === 0) {
    for (const name of [styles.rx, styles.tx, styles.time]) {
      const part = document.createElement("span");
      part.className = name ?? "";
      target.append(part);
    }
  }
  const texts = [
    `receive ${rx == null ? "–" : formatRate(rx)}`,
    `transmit ${tx == null ? "–" : formatRate(tx)}`,
    plot.cursor.idx == null || time === undefined ? "" : formatTime(time),
  ];
  for (const [part, text] of texts.entries()) {
    const element = target.children[part];
    if (element && element.textContent !== text) element.textContent = text;
  }
}

/** A label here would be cut off by the edge. */
function nearEnd(plot: uPlot, at: number): boolean {
  return plot.valToPos(at, "x") > plot.over.clientWidth - 26;
}

function options(
  style: CSSStyleDeclaration,
  width: number,
  height: number,
  onCursor: (plot: uPlot) => void,
): uPlot.Options {
  const colour = (name: string) => () => style.getPropertyValue(name);
  const axis = {
    stroke: colour("--ink-faint"),
    font: `11px ${style.getPropertyValue("--sans")}`,
    grid: { stroke: colour("--hairline"), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    padding: [8, 0, 0, 0],
    legend: { show: false },
    cursor: { points: { size: 5 }, drag: { x: false, y: false }, y: false },
    scales: { x: { time: true }, y: { range: (_plot, low, high) => symmetric(low, high) } },
    axes: [
      {
        ...axis,
        space: 70,
        size: 26,
        values: (plot, splits, _axis, _space, step) =>
          splits.map((at) => (nearEnd(plot, at) ? "" : formatTime(at).slice(0, step < 60 ? 8 : 5))),
        incrs: [10, 30, 60, 120, 300],
      },
      {
        ...axis,
        space: 34,
        size: 82,
        values: (_plot, splits) => splits.map((rate) => formatRate(Math.abs(rate) / 8)),
      },
    ],
    series: [
      {},
      {
        label: "receive",
        stroke: colour("--rx"),
        fill: colour("--rx-fill"),
        width: 1.5,
        points: { show: false },
      },
      {
        label: "transmit",
        stroke: colour("--tx"),
        fill: colour("--tx-fill"),
        width: 1.5,
        points: { show: false },
      },
    ],
    hooks: { setCursor: [onCursor] },
  };
}

/** Zero in the middle unless one direction is small; never flatter than 1 kbit/s. */
function symmetric(low: number | null, high: number | null): [number, number] {
  const least = 1000;
  const up = Math.max(high ?? 0, least);
  const down = Math.max(-(low ?? 0), least);
  const largest = Math.max(up, down);
  return [-Math.max(down, largest / 4) * 1.1, Math.max(up, largest / 4) * 1.1];
}
