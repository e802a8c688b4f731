import { formText } from "@/lib/form-text";
import { TextField } from "@/ui/text-field";

const MOST = 100_000;

/** How many peers somebody may make; `readLimit` reads it. */
export function LimitField({ limit, error }: { limit: number | null; error: string | null }) {
  return (
    <TextField
      label="Peers that they may make"
      name="peer_limit"
      type="number"
      inputMode="numeric"
      min={0}
      max={MOST}
      step={1}
      defaultValue={limit ?? ""}
      description="Empty: as many as they like."
      error={error}
    />
  );
}

/** What the field says; null for no limit. */
export function readLimit(form: FormData): number | null {
  const text = formText(form, "peer_limit").trim();
  return text === "" ? null : Number(text);
}
