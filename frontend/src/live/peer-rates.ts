export type Bytes = Readonly<{ rx_bytes: number; tx_bytes: number }>;
export type Rates = Readonly<{ rx_rate: number; tx_rate: number }>;

/** Samples that come sooner after one another say more of chance than of traffic. */
const SHORTEST_SECONDS = 0.5;

/** Seconds between two clocks; null where there is no telling, since one is missing or the clock began anew. */
export function secondsBetween(from: number | null, to: number | null): number | null | "too few" {
  if (from === null || to === null || to < from) return null;
  return (to - from) / 1000 < SHORTEST_SECONDS ? "too few" : (to - from) / 1000;
}

/** A counter that fell has restarted: there is no rate until the sample after it. */
export function ratesBetween(then: Bytes, now: Bytes, seconds: number | null): Rates {
  const fell = now.rx_bytes < then.rx_bytes || now.tx_bytes < then.tx_bytes;
  if (fell || seconds === null) return { rx_rate: 0, tx_rate: 0 };
  return {
    rx_rate: (now.rx_bytes - then.rx_bytes) / seconds,
    tx_rate: (now.tx_bytes - then.tx_bytes) / seconds,
  };
}
