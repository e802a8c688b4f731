import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { fieldError, formError } from "@/api/field-errors";
import { endReservation, type Reservation, reserve } from "@/features/interfaces/address-documents";
import styles from "@/features/interfaces/addresses.module.css";
import { bare } from "@/features/interfaces/pool-words";
import { formText } from "@/lib/form-text";
import { Button } from "@/ui/button";
import { IconButton } from "@/ui/icon-button";
import { Notice } from "@/ui/notice";
import { TextField } from "@/ui/text-field";

type Props = { interfaceId: string; reservations: readonly Reservation[]; mayChange: boolean };

/** Addresses that no peer gets by itself. */
export function Reservations({ interfaceId, reservations, mayChange }: Props) {
  const client = useQueryClient();
  const readAgain = () => client.invalidateQueries({ queryKey: ["addresses", interfaceId] });
  const end = useMutation({
    mutationFn: (id: string) => endReservation(interfaceId, id),
    onSuccess: readAgain,
  });
  return (
    <>
      {end.error && <Notice title={end.error.message} />}
      {reservations.length === 0 && <p className={styles.none}>Nothing is reserved.</p>}
      <ul>
        {reservations.map((reservation) => (
          <li key={reservation.id} className={styles.line}>
            <code>{bare(reservation.address)}</code>
            <span className={styles.note}>{reservation.note}</span>
            {mayChange && (
              <IconButton
                icon="close"
                label={`End the reservation of ${bare(reservation.address)}`}
                disabled={end.isPending}
                onClick={() => end.mutate(reservation.id)}
              />
            )}
          </li>
        ))}
      </ul>
      {mayChange && <ReserveForm interfaceId={interfaceId} onReserved={readAgain} />}
    </>
  );
}

function ReserveForm({ interfaceId, onReserved }: { interfaceId: string; onReserved: () => Promise<void> }) {
  const request = useMutation({
    mutationFn: async (form: HTMLFormElement) => {
      const data = new FormData(form);
      await reserve(interfaceId, formText(data, "address").trim(), formText(data, "note").trim());
      form.reset();
      await onReserved();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    request.mutate(event.currentTarget);
  };
  const general = formError(request.error, ["address", "note"]);
  return (
    <form className={styles.inline} method="post" onSubmit={submit}>
      {general && <Notice title={general} />}
      <TextField label="Address" name="address" required error={fieldError(request.error, "address")} />
      <TextField label="Note" name="note" maxLength={200} error={fieldError(request.error, "note")} />
      <Button type="submit" busy={request.isPending}>
        Reserve
      </Button>
    </form>
  );
}
