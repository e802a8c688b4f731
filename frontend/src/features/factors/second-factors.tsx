import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Factors, ownFactorsQuery } from "@/api/own-factors";
import {
  beginTotp,
  isUnproved,
  type RecoveryCodes,
  type TotpSetup,
} from "@/features/factors/factor-documents";
import { FactorLines } from "@/features/factors/factor-lines";
import { hasNone } from "@/features/factors/factor-words";
import styles from "@/features/factors/factors.module.css";
import { KeptCodes } from "@/features/factors/kept-codes";
import { NewCodesDialog } from "@/features/factors/new-codes-dialog";
import { PasskeyForm } from "@/features/factors/passkey-form";
import { type Removal, RemoveFactorDialog } from "@/features/factors/remove-factor-dialog";
import { TotpSetupForm } from "@/features/factors/totp-setup";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/skeleton";

type Open =
  | { kind: "totp"; setup: TotpSetup }
  | { kind: "passkey" }
  | { kind: "codes"; codes: RecoveryCodes }
  | { kind: "new-codes" }
  | { kind: "remove"; removal: Removal };

/** One's own second factors: set up, removed, and the codes that stand in for them. */
export function SecondFactors() {
  const { data, error } = useQuery(ownFactorsQuery);
  const client = useQueryClient();
  const [open, setOpen] = useState<Open | null>(null);
  const begin = useMutation({
    mutationFn: beginTotp,
    gcTime: 0,
    onSuccess: (setup) => setOpen({ kind: "totp", setup }),
  });
  const close = () => setOpen(null);
  const changed = (codes: RecoveryCodes = []) => {
    setOpen(codes.length > 0 ? { kind: "codes", codes } : null);
    for (const key of ["factors", "sessions"]) void client.invalidateQueries({ queryKey: [key] });
  };
  if (!data) return error ? <Notice title={error.message} /> : <Skeleton lines={3} />;
  const failed = begin.error && !isUnproved(begin.error) ? begin.error : null;
  return (
    <div className={styles.factors}>
      {failed && <Notice title={failed.message} />}
      {hasNone(data) && (
        <Notice tone="word" title="Only your password protects this account.">
          <p>With a second factor, whoever learns your password still does not get in.</p>
        </Notice>
      )}
      <FactorLines
        factors={data}
        busy={begin.isPending}
        onSetUp={() => begin.mutate()}
        onAdd={() => setOpen({ kind: "passkey" })}
        onNewCodes={() => setOpen({ kind: "new-codes" })}
        onRemove={(removal) => setOpen({ kind: "remove", removal })}
      />
      {open && <Opened open={open} factors={data} onChanged={changed} onClose={close} />}
    </div>
  );
}

type OpenedProps = {
  open: Open;
  factors: Factors;
  onChanged: (codes?: RecoveryCodes) => void;
  onClose: () => void;
};

function Opened({ open, factors, onChanged, onClose }: OpenedProps) {
  if (open.kind === "totp")
    return (
      <Dialog title="Set up an authenticator app" onClose={onClose} wide>
        <TotpSetupForm setup={open.setup} onDone={onChanged} onCancel={onClose} />
      </Dialog>
    );
  if (open.kind === "passkey")
    return (
      <Dialog title="Add a passkey" onClose={onClose}>
        <PasskeyForm onDone={onChanged} onCancel={onClose} />
      </Dialog>
    );
  if (open.kind === "codes")
    return (
      <Dialog title="Recovery codes" onClose={onClose} keepsOpen>
        <KeptCodes codes={open.codes} action="I have kept them" onDone={onClose} />
      </Dialog>
    );
  if (open.kind === "new-codes") return <NewCodesDialog onMade={onChanged} onClose={onClose} />;
  const isLast = factors.passkeys.length + (factors.totp_since === null ? 0 : 1) === 1;
  return (
    <RemoveFactorDialog
      removal={open.removal}
      isLast={isLast}
      onRemoved={() => onChanged()}
      onClose={onClose}
    />
  );
}
