import { useEffect, useRef } from "react";
import type { RatePoints } from "@/lib/rate-series";
import styles from "@/ui/sparkline.module.css";

const WIDTH = 96;
const HEIGHT = 24;

type Props = {
  points: RatePoints;
  onChange: (redraw: () => void) => () => void;
  now: () => number;
  seconds?: number;
};

/** The last minutes in the height of a row: receive upwards, transmit downwards, no axes. */
export function Sparkline({ points, onChange, now, seconds = 120 }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const redraw = () => draw(element, points, now() - seconds, seconds);
    redraw();
    return onChange(redraw);
  }, [points, onChange, now, seconds]);
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas that nobody can focus
    <canvas
      ref={canvas}
      className={styles.sparkline}
      width={WIDTH * 2}
      height={HEIGHT * 2}
      aria-hidden="true"
    />
  );
}

function draw(canvas: HTMLCanvasElement, points: RatePoints, from: number, seconds: number): void {
  const context = canvas.getContext("2d");
  if (!context || document.visibilityState === "hidden") return;
  const style = getComputedStyle(canvas);
  context.clearRect(0, 0, canvas.width, canvas.height);
  const first = Math.max(0, points.at.findIndex((at) => at >= from) - 1);
  const largest = Math.max(125, ...points.rx.slice(first).map(Number), ...points.tx.slice(first).map(Number));
  const middle = canvas.height / 2;
  context.fillStyle = style.getPropertyValue("--hairline");
  context.fillRect(0, middle - 0.5, canvas.width, 1);
  const reach = (middle - 3) / largest;
  const x = (at: number) => ((at - from) / seconds) * canvas.width;
  line(context, style.getPropertyValue("--rx"), points, points.rx, first, x, (rate) => middle - rate * reach);
  line(context, style.getPropertyValue("--tx"), points, points.tx, first, x, (rate) => middle + rate * reach);
}

function line(
  context: CanvasRenderingContext2D,
  colour: string,
  points: RatePoints,
  rates: readonly (number | null)[],
  first: number,
  x: (at: number) => number,
  y: (rate: number) => number,
): void {
  context.beginPath();
  let drawing = false;
  for (let index = first; index < rates.length; index += 1) {
    const rate = rates[index];
    const at = points.at[index];
    if (rate == null || at === undefined) drawing = false;
    else if (drawing) context.lineTo(x(at), y(rate));
    else {
      context.moveTo(x(at), y(rate));
      drawing = true;
    }
  }
  context.strokeStyle = colour;
  context.lineWidth = 2.5;
  context.lineJoin = "round";
  context.stroke();
}
