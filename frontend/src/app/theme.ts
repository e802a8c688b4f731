import { createTheme, type MantineColorScheme, type MantineColorSchemeManager } from "@mantine/core";
import { readPreference, writePreference } from "@/lib/preference";

/** Mantine speaks with our fonts and sizes; its colours are set in theme.css from our tokens. */
export const theme = createTheme({
  fontFamily: "var(--sans)",
  fontFamilyMonospace: "var(--mono)",
  defaultRadius: 4,
  cursorType: "pointer",
  respectReducedMotion: true,
  // By name, so that a page without a form need not load them.
  components: {
    TextInput: { defaultProps: { withAsterisk: false } },
    PasswordInput: { defaultProps: { withAsterisk: false } },
  },
});

const isScheme = (value: string | null): value is MantineColorScheme =>
  value === "light" || value === "dark" || value === "auto";

/** The theme under the same key that public/theme.js reads before the first paint. */
export const colorSchemeManager: MantineColorSchemeManager = {
  get: (fallback) => {
    const kept = readPreference("theme");
    return isScheme(kept) ? kept : fallback;
  },
  set: (value) => writePreference("theme", value),
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => writePreference("theme", "auto"),
};
