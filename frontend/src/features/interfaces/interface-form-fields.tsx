import { useId } from "react";
import type { FieldChoices, InterfaceFields } from "@/features/interfaces/interface-fields";
import {
  FOLDED_FIELDS,
  fwmarkText,
  FIELD_NAMES as names,
  numberText,
} from "@/features/interfaces/interface-fields";
import { entriesText } from "@/lib/text-list";
import { Check } from "@/ui/check";
import { Choice } from "@/ui/choice";
import { Fold } from "@/ui/fold";
import { TextField } from "@/ui/text-field";

type Props = {
  values: Partial<InterfaceFields>;
  error: (field: string) => string | null;
  /** The interface is there already, so that its pools do not follow its addresses. */
  exists?: boolean;
  /** Where peers may reach this node, as far as is known. */
  hosts?: readonly string[];
  choices: FieldChoices;
  onChoices: (choices: FieldChoices) => void;
};

/** Everything about an interface beside its name. */
export function InterfaceFormFields({
  values,
  error,
  exists = false,
  hosts = [],
  choices,
  onChoices,
}: Props) {
  const hostList = useId();
  return (
    <>
      <TextField
        label={names.addresses}
        name="addresses"
        required
        description={`This interface's own inside the tunnel, with their networks.${exists ? " The pools below, from which peers get theirs, do not follow." : ""}`}
        defaultValue={entriesText(values.addresses)}
        error={error("addresses")}
      />
      <TextField
        label={names.public_host}
        name="public_host"
        list={hostList}
        placeholder="vpn.example.com"
        description="Where peers reach this node: a name or an address. It is the endpoint in their config files."
        defaultValue={values.public_host ?? ""}
        error={error("public_host")}
      />
      <datalist id={hostList}>
        {hosts.map((host) => (
          <option key={host} value={host} />
        ))}
      </datalist>
      <TextField
        label={names.listen_port}
        name="listen_port"
        inputMode="numeric"
        placeholder="the first free one"
        description="UDP. Open it in the firewall in front of this node."
        defaultValue={numberText(values.listen_port)}
        error={error("listen_port")}
      />
      <TextField
        label={names.dns}
        name="dns"
        placeholder="none"
        description="The resolvers that peers are told to use."
        defaultValue={entriesText(values.dns)}
        error={error("dns")}
      />
      <Check
        label={names.masquerade}
        name="masquerade"
        defaultChecked={values.masquerade ?? false}
        note="Turns on IP forwarding, and adds a masquerade in a table of its own in nftables. Switching it off takes both away again."
      />
      <MoreFields values={values} exists={exists} error={error} choices={choices} onChoices={onChoices} />
    </>
  );
}

function MoreFields({ values, error, exists = false, choices, onChoices }: Props) {
  const wrong = FOLDED_FIELDS.some((field) => error(field) !== null);
  return (
    <Fold summary="More settings" open={wrong}>
      <TextField
        label={names.pools}
        name="pools"
        placeholder={exists ? "none" : "the networks of the addresses"}
        description="From where new peers get their addresses."
        defaultValue={entriesText(values.pools)}
        error={error("pools")}
      />
      <TextField
        label={names.public_port}
        name="public_port"
        inputMode="numeric"
        placeholder="the listen port"
        description="Only where a router in front forwards another one."
        defaultValue={numberText(values.public_port)}
        error={error("public_port")}
      />
      <TextField
        label={names.mtu}
        name="mtu"
        inputMode="numeric"
        placeholder="the kernel's choice"
        defaultValue={numberText(values.mtu)}
        error={error("mtu")}
      />
      <TextField
        label={names.table}
        name="table"
        placeholder="auto"
        description="auto, off, or a number. Routes to networks behind peers go there."
        defaultValue={values.table ?? "auto"}
        error={error("table")}
      />
      <TextField
        label={names.fwmark}
        name="fwmark"
        placeholder="off"
        defaultValue={fwmarkText(values.fwmark ?? 0)}
        error={error("fwmark")}
      />
      <Choice
        label={names.drift_mode}
        value={choices.drift_mode}
        onChange={(drift_mode) => onChoices({ ...choices, drift_mode })}
        options={[
          { value: "warn", label: "Show them", note: "They stay until somebody restores or adopts them." },
          { value: "enforce", label: "Undo them at once", note: "What was decided here always runs." },
          {
            value: "observe",
            label: "Only observe",
            note: "Sentra writes nothing to this interface, decisions made here included.",
          },
        ]}
      />
      <Choice
        label={names.unmanaged}
        value={choices.unmanaged}
        onChange={(unmanaged) => onChoices({ ...choices, unmanaged })}
        options={[
          { value: "keep", label: "Leave them alone", note: "They run on, and are shown." },
          { value: "adopt", label: "Adopt them", note: "They become peers like any other." },
          { value: "remove", label: "Remove them", note: "Whoever adds one by hand loses it." },
        ]}
      />
      <Check
        label={names.server_keys}
        name="server_keys"
        defaultChecked={values.server_keys ?? false}
        note="For peers whose config file must be downloaded again: their private keys are stored here, encrypted."
      />
    </Fold>
  );
}
