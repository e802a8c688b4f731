import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useMay } from "@/app/use-may";
import { FoundNotices, useFound } from "@/features/interfaces/found-notices";
import { useNodes } from "@/live/use-status";

/** Offers to adopt what runs already, to those who may. */
export function FoundInterfaces({ otherwise }: { otherwise?: ReactNode }) {
  return useMay("interface:adopt") ? <Offers otherwise={otherwise} /> : otherwise;
}

function Offers({ otherwise }: { otherwise: ReactNode }) {
  const nodes = useNodes().map(({ node }) => node);
  const found = useFound(nodes);
  const navigate = useNavigate();
  if (!found) return null;
  if (found.length === 0) return otherwise;
  return (
    <FoundNotices
      found={found}
      onAdopted={({ node, name }) => void navigate({ to: "/interfaces/$node/$name", params: { node, name } })}
    />
  );
}
