import { useMutation, useQuery } from "@tanstack/react-query";
import { beginAtProvider, waysQuery } from "@/features/providers/provider-documents";
import styles from "@/features/providers/sign-in-buttons.module.css";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

type Props = {
  /** Where on this site to go afterwards. */
  returnTo: string;
  /** Leaves for the provider. */
  leave?: (address: string) => void;
};

/** The providers by which one may sign in; nothing where there are none. */
export function SignInButtons({ returnTo, leave = (address) => location.assign(address) }: Props) {
  const { data: ways = [] } = useQuery(waysQuery);
  const request = useMutation({
    mutationFn: (id: string) => beginAtProvider(id, returnTo),
    gcTime: 0, // the address holds what belongs to this sign-in
    onSuccess: leave,
  });
  if (ways.length === 0) return null;
  const under_way = request.isPending || request.isSuccess;
  return (
    <div className={styles.ways}>
      <p className={styles.or}>or</p>
      {request.error && <Notice title={request.error.message} />}
      {ways.map(({ id, name }) => (
        <Button
          key={id}
          className={styles.way}
          busy={under_way && request.variables === id}
          disabled={under_way && request.variables !== id}
          onClick={() => request.mutate(id)}
        >
          Sign in by {name}
        </Button>
      ))}
    </div>
  );
}
