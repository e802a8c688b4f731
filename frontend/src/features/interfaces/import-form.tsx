import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ChangeEvent, type FormEvent, useRef, useState } from "react";
import { ApiError } from "@/api/api-error";
import { fieldError, formError } from "@/api/field-errors";
import { fileErrors, isOfFile } from "@/features/interfaces/file-errors";
import styles from "@/features/interfaces/import-form.module.css";
import { importInterface, nameOfFile, type WgQuickFile } from "@/features/interfaces/import-interface";
import { ImportReportView } from "@/features/interfaces/import-report";
import { type InterfaceDocument, settle } from "@/features/interfaces/interface-documents";
import { formText } from "@/lib/form-text";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { TextArea } from "@/ui/text-area";
import { TextField } from "@/ui/text-field";

const PLACEHOLDER = `[Interface]
Address = 10.0.0.1/24
ListenPort = 51820
PrivateKey = …

[Peer]
# laptop
PublicKey = …
AllowedIPs = 10.0.0.2/32`;

type Props = {
  node: string;
  /** What it is to be called, where that is known. */
  name?: string | undefined;
  onImported: (imported: InterfaceDocument) => void;
};

/** A wg-quick file, pasted or chosen: first what is in it, then the interface. */
export function ImportForm({ node, name: wanted = "", onImported }: Props) {
  const client = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const [name, setName] = useState(wanted);
  const look = useMutation({ mutationFn: (file: WgQuickFile) => importInterface(file, true), gcTime: 0 });
  const request = useMutation({
    mutationFn: (file: WgQuickFile) => importInterface(file),
    gcTime: 0,
    onSuccess: async (result) => {
      if (!result.interface) return;
      await settle(client, result.interface.id, result);
      onImported(result.interface);
    },
  });
  const file = (): WgQuickFile => {
    const data = new FormData(form.current ?? undefined);
    const host = formText(data, "public_host").trim();
    return {
      node,
      name: name.trim(),
      text: formText(data, "text"),
      ...(host ? { public_host: host } : null),
    };
  };
  const forget = () => {
    look.reset();
    request.reset();
  };
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.currentTarget.files?.[0];
    const area = form.current?.elements.namedItem("text");
    if (!chosen || !(area instanceof HTMLTextAreaElement)) return;
    area.value = await chosen.text();
    setName(nameOfFile(chosen.name));
    forget();
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    request.reset();
    look.mutate(file());
  };
  const refused = request.error ?? look.error;
  const error = (field: string) => fieldError(refused, field);
  const general = formError(withoutFile(refused), ["name", "public_host"]);
  const answer = look.data;
  return (
    <div className={styles.columns}>
      <Form ref={form} onSubmit={submit} onInput={forget}>
        {general && <Notice title={general} />}
        <p>
          The private key of the file goes to the node. Commands in it (PreUp, PostUp and so on) are shown and
          never run.
        </p>
        <label className={styles.file}>
          Choose a file
          <input type="file" accept=".conf,text/plain" onChange={(event) => void choose(event)} />
        </label>
        <TextArea
          label="wg-quick file"
          name="text"
          required
          placeholder={PLACEHOLDER}
          error={fileProblem(refused, (request.variables ?? look.variables)?.text ?? "")}
        />
        <TextField
          label="Name"
          name="name"
          required
          maxLength={15}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          description="wg-quick names an interface after its file: wg0.conf is wg0."
          error={error("name")}
        />
        <TextField
          label="Public address"
          name="public_host"
          placeholder="vpn.example.com"
          description="Where peers reach this node. It can be set later."
          error={error("public_host")}
        />
        <Button type="submit" look={answer ? "quiet" : "main"} busy={look.isPending}>
          Show what is in it
        </Button>
      </Form>
      {answer && (
        <div className={styles.report}>
          <ImportReportView report={answer.report} plan={answer.plan} text={look.variables?.text ?? ""} />
          <Actions>
            <Button
              look="main"
              busy={request.isPending}
              disabled={answer.report.errors.length > 0}
              onClick={() => request.mutate(file())}
            >
              Import {name}
            </Button>
            {answer.report.errors.length > 0 && (
              <p className={styles.note}>Mend the wrong lines in the file first.</p>
            )}
          </Actions>
        </div>
      )}
    </div>
  );
}

/** So many lines are read at once. */
const MOST_LINES = 8;

/** What is wrong with the file, a line each. */
function fileProblem(error: Error | null, text: string): string | null {
  const told = fileErrors(error, text);
  const rest = told.length - MOST_LINES;
  const lines = [...told.slice(0, MOST_LINES), ...(rest > 0 ? [`And ${rest} more.`] : [])];
  return lines.join("\n") || null;
}

/** What else is wrong. */
function withoutFile(error: Error | null): Error | null {
  if (!(error instanceof ApiError) || error.fields.length === 0) return error;
  const fields = error.fields.filter(({ field }) => !isOfFile(field));
  return fields.length === 0 ? null : new ApiError({ ...error, detail: error.message, fields });
}
