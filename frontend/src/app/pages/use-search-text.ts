import { useEffect, useRef, useState } from "react";

const WRITE_MILLISECONDS = 250;

/** What is typed, at once; written to the address when typing pauses, and read from it when one goes back. */
export function useSearchText(
  written: string,
  write: (text: string) => void,
): [text: string, setText: (text: string) => void] {
  const [text, setText] = useState(written);
  const own = useRef(written);
  const latestWrite = useRef(write);
  useEffect(() => {
    latestWrite.current = write;
  });
  useEffect(() => {
    if (written !== own.current) {
      own.current = written;
      setText(written);
    }
  }, [written]);
  useEffect(() => {
    const trimmed = text.trim();
    if (trimmed === own.current) return;
    const timer = setTimeout(() => {
      own.current = trimmed;
      latestWrite.current(trimmed);
    }, WRITE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text]);
  return [text, setText];
}
