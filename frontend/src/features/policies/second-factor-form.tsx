import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import styles from "@/features/policies/policies.module.css";
import {
  changeSecondFactorPolicy,
  type Rule,
  type SecondFactorPolicy,
  secondFactorPolicyQuery,
} from "@/features/policies/policy-documents";
import { consequences, RULES } from "@/features/policies/policy-words";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Choice } from "@/ui/choice";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/skeleton";

type Props = {
  mayChange: boolean;
  /** Whoever has none of their own cannot ask others for one. */
  hasOwn: boolean;
  /** Where one sets up one's own. */
  toOwn: ReactNode;
};

/** Who needs a second factor. What a change does is said before it is made. */
export function SecondFactorForm(props: Props) {
  const { data, error, isPending } = useQuery(secondFactorPolicyQuery);
  if (isPending) return <Skeleton lines={4} />;
  if (error) return <Notice title={error.message} />;
  return <Rules key={data.rule} policy={data} {...props} />;
}

function Rules({ policy, mayChange, hasOwn, toOwn }: Props & { policy: SecondFactorPolicy }) {
  const client = useQueryClient();
  const [chosen, setChosen] = useState<Rule>(policy.rule);
  const request = useMutation({
    mutationFn: changeSecondFactorPolicy,
    onSuccess: () => client.invalidateQueries({ queryKey: secondFactorPolicyQuery.queryKey }),
  });
  const choose = (rule: Rule) => {
    request.reset();
    setChosen(rule);
  };
  const first = mayChange && !hasOwn;
  return (
    <div className={styles.part}>
      <Choice
        label="Who needs a second factor"
        value={chosen}
        onChange={choose}
        options={RULES.map((rule) => ({ ...rule, disabled: whyNot(rule, { policy, mayChange, hasOwn }) }))}
      />
      {first && <p className={styles.note}>{toOwn}</p>}
      {request.error && <Notice title={request.error.message} />}
      {chosen !== policy.rule && (
        <Notice tone="word" title="What this does">
          {consequences(policy, chosen).map((line) => (
            <p key={line}>{line}</p>
          ))}
          <Actions>
            <Button look="main" busy={request.isPending} onClick={() => request.mutate(chosen)}>
              Set this rule
            </Button>
            <Button onClick={() => choose(policy.rule)}>Leave it</Button>
          </Actions>
        </Notice>
      )}
    </div>
  );
}

/** Why a rule cannot be chosen; its note is shown where it can. */
function whyNot(
  rule: (typeof RULES)[number],
  { policy, mayChange, hasOwn }: { policy: SecondFactorPolicy } & Pick<Props, "mayChange" | "hasOwn">,
): string | undefined {
  if (rule.value === policy.rule) return undefined;
  if (!mayChange) return rule.note;
  return rule.value !== "optional" && !hasOwn ? `${rule.note} You have none yourself yet.` : undefined;
}
