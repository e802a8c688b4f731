import type { SystemStatus } from "@/live/status-frames";
import type { NodeStatus } from "@/live/status-types";

/** Seconds below which whole-second times are too coarse to divide by. */
const COARSE_SECONDS = 4;

/** Seconds below which two looks say more of chance than of traffic. */
const SHORTEST_SECONDS = 0.5;

type Look = Readonly<{ clock: number | null; at: number; sent: number; received: number }>;
type NetRates = Pick<NodeStatus, "net_rx_rate" | "net_tx_rate">;

/**
 * Network rates of one node, from the counters of two looks at it.
 *
 * A look has no clock of its own: that of an interface sampled in the same frame is used where there is
 * one, else the whole seconds of `sampled_at` over a longer stretch.
 */
export class NodeRates {
  #last: Look | null = null;
  #rates: NetRates = { net_rx_rate: null, net_tx_rate: null };

  /** @param clock milliseconds of the agent's monotonic clock, null where the frame names none */
  next(system: SystemStatus, at: number, clock: number | null): NetRates {
    const look = { clock, at, sent: system.net_bytes_sent, received: system.net_bytes_recv };
    const last = this.#last;
    if (!last) {
      this.#last = look;
      return this.#rates;
    }
    const precise = look.clock !== null && last.clock !== null;
    const seconds = precise ? ((look.clock ?? 0) - (last.clock ?? 0)) / 1000 : look.at - last.at;
    if (seconds < 0 || seconds >= (precise ? SHORTEST_SECONDS : COARSE_SECONDS)) {
      this.#rates = ratesBetween(last, look, seconds) ?? this.#rates;
      this.#last = look;
    }
    return this.#rates;
  }
}

function ratesBetween(last: Look, look: Look, seconds: number): NetRates | null {
  if (seconds <= 0) return null;
  const fell = look.received < last.received || look.sent < last.sent;
  return {
    net_rx_rate: fell ? 0 : (look.received - last.received) / seconds,
    net_tx_rate: fell ? 0 : (look.sent - last.sent) / seconds,
  };
}
