import { useMutation } from "@tanstack/react-query";
import type { FormEvent, ReactNode } from "react";
import { fieldError, formError } from "@/api/field-errors";
import { type AddressOwner, findOwner } from "@/features/interfaces/address-documents";
import styles from "@/features/interfaces/addresses.module.css";
import { bare } from "@/features/interfaces/pool-words";
import { formText } from "@/lib/form-text";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { TextField } from "@/ui/text-field";

type Props = {
  interfaceId: string;
  /** A link to a peer by its id; app knows the addresses. */
  linkTo: (peerId: string, name: string) => ReactNode;
};

/** Who owns this address? */
export function OwnerLookup({ interfaceId, linkTo }: Props) {
  const request = useMutation({ mutationFn: (address: string) => findOwner(interfaceId, address) });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    request.mutate(formText(new FormData(event.currentTarget), "address").trim());
  };
  const general = formError(request.error, ["address"]);
  return (
    <>
      <form className={styles.inline} method="post" onSubmit={submit}>
        {general && <Notice title={general} />}
        <TextField
          label="Address"
          name="address"
          required
          placeholder="10.0.0.5"
          error={fieldError(request.error, "address")}
        />
        <Button type="submit" busy={request.isPending}>
          Look up
        </Button>
      </form>
      <p role="status" className={styles.answer}>
        {request.data && <Answer owner={request.data} linkTo={linkTo} />}
      </p>
    </>
  );
}

function Answer({ owner, linkTo }: { owner: AddressOwner; linkTo: Props["linkTo"] }) {
  const { prefix, note } = owner;
  const address = bare(owner.address);
  const by = prefix && prefix.split("/")[0] !== address.split("/")[0] ? `, by ${prefix}` : "";
  if (owner.owner === "peer" && owner.peer)
    return (
      <>
        {address} belongs to {linkTo(owner.peer.id, owner.peer.name)}
        {by}.
      </>
    );
  const words = {
    peer: `${address} belongs to a peer${by}.`,
    interface: `${address} is the interface's own${by}.`,
    reservation: `${address} is reserved${by}.`,
    resting: `${address} rests.`,
    nobody: `Nobody has ${address}.`,
  }[owner.owner];
  return <>{note ? `${words} ${note}` : words}</>;
}
