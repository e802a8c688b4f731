import { type ReactNode, useEffect, useState } from "react";

const DELAY_MILLISECONDS = 300;

/** Shows its content only when waiting has become noticeable. */
export function Delayed({ children }: { children: ReactNode }) {
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), DELAY_MILLISECONDS);
    return () => clearTimeout(timer);
  }, []);
  return due ? children : null;
}
