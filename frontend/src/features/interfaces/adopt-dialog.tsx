import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { fieldError, formError } from "@/api/field-errors";
import { adoptInterface, type FoundInterface, type Unmanaged } from "@/features/interfaces/adopt-interface";
import { HookList } from "@/features/interfaces/hook-list";
import { type InterfaceDocument, settle } from "@/features/interfaces/interface-documents";
import { counted } from "@/features/interfaces/interface-words";
import { PlanPart } from "@/features/interfaces/plan-dialog";
import { formText } from "@/lib/form-text";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Choice } from "@/ui/choice";
import { Dialog } from "@/ui/dialog";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { TextField } from "@/ui/text-field";

type Props = {
  found: FoundInterface & { node: string };
  onAdopted: (adopted: InterfaceDocument) => void;
  onClose: () => void;
};

/** Takes over an interface that runs, after it has said what that does. */
export function AdoptDialog({ found, onAdopted, onClose }: Props) {
  const { node, name } = found;
  const client = useQueryClient();
  const [unmanaged, setUnmanaged] = useState<Unmanaged>("adopt");
  const plan = useQuery({
    queryKey: ["plan", "adopt", node, name, unmanaged],
    queryFn: async () => (await adoptInterface({ node, name, unmanaged }, true)).plan,
    gcTime: 0,
    retry: false,
  });
  const request = useMutation({
    mutationFn: (publicHost: string) =>
      adoptInterface({ node, name, unmanaged, ...(publicHost ? { public_host: publicHost } : null) }),
    onSuccess: async (result) => {
      if (!result.interface) return;
      await settle(client, result.interface.id, result);
      onAdopted(result.interface);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    request.mutate(formText(new FormData(event.currentTarget), "public_host").trim());
  };
  const problem = formError(request.error ?? plan.error, ["public_host"]);
  return (
    <Dialog title={`Adopt ${name}`} onClose={onClose}>
      <Form onSubmit={submit}>
        {problem && <Notice title={problem} />}
        <p>
          Sentra takes over {name} as it runs, with its key. Nothing is restarted and no packet is lost.{" "}
          {found.file ? (
            <>
              <code>{found.file}</code> is not rewritten: wg-quick goes on bringing {name} up until you hand
              it over.
            </>
          ) : (
            "It has no wg-quick file: from now on Sentra brings it up when the machine starts."
          )}
        </p>
        {found.peer_count > 0 && (
          <Choice
            label={`Its ${counted(found.peer_count, "peer")}`}
            value={unmanaged}
            onChange={setUnmanaged}
            options={[
              { value: "adopt", label: "Adopt them", note: "Sentra steers them from now on, as they are." },
              { value: "keep", label: "Leave them alone", note: "They run on; Sentra only shows them." },
              { value: "remove", label: "Remove them", note: "They lose their tunnel at once." },
            ]}
          />
        )}
        <TextField
          label="Public address"
          name="public_host"
          placeholder="vpn.example.com"
          description="Where peers reach this node, for config files handed out from now on. It can be set later."
          error={fieldError(request.error, "public_host")}
        />
        {found.warnings.length > 0 && (
          <Notice tone="word" title="Before you adopt it">
            <ul>
              {found.warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          </Notice>
        )}
        <HookList hooks={found.hooks.map((text) => ({ line: null, text }))} />
        <PlanPart plan={plan.data} isPending={plan.isPending} />
        <Actions>
          <Button type="submit" look="main" busy={request.isPending} disabled={!plan.data}>
            Adopt {name}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </Actions>
      </Form>
    </Dialog>
  );
}
