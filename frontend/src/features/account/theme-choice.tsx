import { type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import styles from "@/features/account/theme-choice.module.css";

const CHOICES: [MantineColorScheme, string][] = [
  ["auto", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

/** Light, dark, or as the system has it. */
export function ThemeChoice() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <fieldset className={styles.choice}>
      <legend>Theme</legend>
      {CHOICES.map(([value, name]) => (
        <label key={value}>
          <input
            type="radio"
            name="theme"
            value={value}
            checked={colorScheme === value}
            onChange={() => setColorScheme(value)}
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}
