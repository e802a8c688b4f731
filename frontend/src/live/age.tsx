import { formatAge, formatMoment } from "@/lib/format";
import { useTicking } from "@/live/use-ticking";

/** How long ago a moment was, ticking by itself; the exact moment on hover. */
export function Age({ at, suffix = "" }: { at: number; suffix?: string }) {
  const text = useTicking((now) => formatAge(now - at));
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={formatMoment(at)}>
      {text}
      {suffix}
    </time>
  );
}
