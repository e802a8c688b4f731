import { useCallback, useSyncExternalStore } from "react";
import type { Listener } from "@/lib/listeners";
import { useLive } from "@/live/live-context";
import { type LiveState, liveState } from "@/live/live-state";
import type { NodeStatus } from "@/live/status-types";

/** Something that time alone changes; renders again only when its text does. */
export function useTicking(read: (now: number) => string): string {
  const { store } = useLive();
  return useSyncExternalStore(store.onTick, () => read(store.now()));
}

/** How live the numbers of a node are, or of all nodes. */
export function useLiveState(node?: string): LiveState {
  const live = useLive();
  const { store } = live;
  const subscribe = useCallback(
    (listener: Listener) => {
      const undo = [store.onTick(listener), store.onAny(listener), store.onLink(listener)];
      return () => {
        for (const stop of undo) stop();
      };
    },
    [store],
  );
  const text = useSyncExternalStore(subscribe, () => {
    const state = liveState({
      link: store.link,
      hasSnapshot: store.position !== null,
      browserOnline: navigator.onLine,
      silentSeconds: live.silentSeconds(),
      nodes: only(store.nodes(), node),
      isFresh: store.isFresh,
      now: store.now(),
    });
    return `${state.kind} ${state.age ?? ""}`;
  });
  const [kind, age] = text.split(" ");
  return { kind: kind as LiveState["kind"], age: age ? Number(age) : null };
}

function only(nodes: readonly NodeStatus[], node: string | undefined): readonly NodeStatus[] {
  return node === undefined ? nodes : nodes.filter((each) => each.node === node);
}
