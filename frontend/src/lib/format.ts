/** Numbers in words: never more than three significant digits, units as `wg show` prints them. */

const SIZES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;
const RATES = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"] as const;

/** A size in bytes: `0 B`, `1.46 KiB`, `312 MiB`. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, SIZES);
}

/** A rate given in bytes a second, said in bits a second: `0`, `8.12 kbit/s`, `940 Mbit/s`. */
export function formatRate(bytesPerSecond: number): string {
  return bytesPerSecond < 0.125 ? "0" : scaled(bytesPerSecond * 8, 1000, RATES);
}

/** The age of a past moment in seconds: `0 s`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function formatAge(seconds: number): string {
  const age = Math.max(0, Math.floor(seconds));
  if (age < 60) return `${age} s`;
  if (age < 3600) return `${Math.floor(age / 60)} min`;
  if (age < 86_400) return `${Math.floor(age / 3600)} h`;
  return `${Math.floor(age / 86_400)} d`;
}

/** A running time with its two largest units: `3 d 4 h`, `12 min 5 s`. */
export function formatUptime(seconds: number): string {
  const total = Math.max(0, Math.floor(seconds));
  const parts: [number, string][] = [
    [Math.floor(total / 86_400), "d"],
    [Math.floor(total / 3600) % 24, "h"],
    [Math.floor(total / 60) % 60, "min"],
    [total % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([amount], index) => index === 0 || amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(" ");
}

/** `3.1 %`, `100 %`. */
export function formatPercent(percent: number): string {
  return `${significant(percent)} %`;
}

/** A count in groups of three: `10,000`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The time of day in the reader's own time zone: `17:36:04`. */
export function formatTime(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
}

/** The exact moment in the reader's own time zone: `2026-11-23 17:36:04 GMT+1`. */
export function formatMoment(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000);
  const day = `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? "−" : "+";
  const zone = offset === 0 ? "UTC" : `UTC${sign}${Math.floor(Math.abs(offset) / 60)}`;
  return `${day} ${formatTime(unixSeconds)} ${zone}${offset % 60 === 0 ? "" : `:${twoDigits(Math.abs(offset) % 60)}`}`;
}

const twoDigits = (value: number) => String(value).padStart(2, "0");

function scaled(value: number, base: number, units: readonly string[]): string {
  let scale = 0;
  let rest = Math.max(0, value);
  // 999.5 would be written with four digits, so it already belongs to the next unit.
  while (rest >= Math.min(base, 999.5) && scale < units.length - 1) {
    rest /= base;
    scale += 1;
  }
  return `${scale === 0 ? Math.round(rest) : significant(rest)} ${units[scale]}`;
}

function significant(value: number): string {
  if (value >= 99.95) return String(Math.round(value));
  if (value >= 9.995) return value.toFixed(1).replace(/\.0$/, "");
  return value.toFixed(2).replace(/\.?0+$/, "");
}
