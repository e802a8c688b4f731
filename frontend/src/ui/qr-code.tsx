import { encode } from "uqr";
import styles from "@/ui/qr-code.module.css";

/** The most bytes that a code of the lowest error correction holds, with room for none (ISO/IEC 18004, version 40). */
const LONGEST = 2953;

/** A QR code, dark on light in both themes: phones read nothing else reliably. */
export function QrCode({ text, label }: { text: string; label: string }) {
  if (new TextEncoder().encode(text).length > LONGEST) {
    return <p>This is too long for a QR code. Download the file instead.</p>;
  }
  const { data, size } = encode(text, { ecc: "L", border: 2 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg
      className={styles.code}
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
