import { TextInput } from "@mantine/core";
import type { ComponentProps } from "react";

type Props = Omit<ComponentProps<typeof TextInput>, "error"> & { error?: string | null };

/** A line of technical text: nothing is corrected, completed or capitalised. */
export function TextField(props: Props) {
  return <TextInput autoComplete="off" autoCapitalize="none" spellCheck={false} {...props} />;
}
