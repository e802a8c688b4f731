import { useCallback, useSyncExternalStore } from "react";
import type { Listener } from "@/lib/listeners";
import { useLive } from "@/live/live-context";
import type { InterfacePath, InterfaceStatus, NodeStatus, PeerPath, PeerStatus } from "@/live/status-types";

/** One peer; wakes only when this peer changed. */
export function usePeer(path: PeerPath): PeerStatus | undefined {
  const { store } = useLive();
  const subscribe = useCallback((listener: Listener) => store.onPeer(path, listener), [store, path]);
  return useSyncExternalStore(subscribe, () => store.peer(path));
}

export function useInterface(path: InterfacePath): InterfaceStatus | undefined {
  const { store } = useLive();
  const subscribe = useCallback((listener: Listener) => store.onInterface(path, listener), [store, path]);
  return useSyncExternalStore(subscribe, () => store.interface(path));
}

export function useNode(node: string): NodeStatus | undefined {
  const { store } = useLive();
  const subscribe = useCallback((listener: Listener) => store.onNode(node, listener), [store, node]);
  return useSyncExternalStore(subscribe, () => store.node(node));
}

export function useInterfaces(): readonly InterfaceStatus[] {
  const { store } = useLive();
  return useSyncExternalStore(store.onAny, store.interfaces);
}

export function useNodes(): readonly NodeStatus[] {
  const { store } = useLive();
  return useSyncExternalStore(store.onAny, store.nodes);
}

/** Whether the first snapshot is here. */
export function useHasSnapshot(): boolean {
  const { store } = useLive();
  return useSyncExternalStore(store.onAny, () => store.position !== null);
}
