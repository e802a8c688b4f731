import { formatRate } from "@/lib/format";
import styles from "@/ui/rate.module.css";

type Props = { direction: "rx" | "tx"; bytesPerSecond: number };

/** A rate in the colour of its direction; quiet where nothing moves. */
export function Rate({ direction, bytesPerSecond }: Props) {
  const text = formatRate(bytesPerSecond);
  return <span className={text === "0" ? styles.none : styles[direction]}>{text}</span>;
}
