import type { ProviderChange, ProviderForm } from "@/features/providers/provider-documents";
import { readGrants } from "@/features/providers/role-rows";
import { formText } from "@/lib/form-text";
import { entriesOf } from "@/lib/text-list";

/** What the form says: of a new provider, and as a change of one that is there. An empty secret stays as it is. */
export function readProvider(form: FormData): { form: ProviderForm; change: ProviderChange } {
  const text = (name: string) => formText(form, name).trim();
  const secret = formText(form, "client_secret");
  const said = {
    name: text("name"),
    client_id: text("client_id"),
    scopes: text("scopes"),
    claim: text("claim"),
    grants: readGrants(form),
    email_domains: entriesOf(formText(form, "email_domains")),
    admits_new: form.has("admits_new"),
    admits_admins: form.has("admits_admins"),
    enabled: form.has("enabled"),
    ...(secret === "" ? {} : { client_secret: secret }),
  };
  return { form: { ...said, issuer: text("issuer") }, change: said };
}
