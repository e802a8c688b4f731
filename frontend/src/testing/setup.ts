import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// What jsdom lacks and the page uses.
class NoResizeObserver implements ResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}

globalThis.ResizeObserver ??= NoResizeObserver;
window.matchMedia ??= (query) =>
  ({
    matches: false,
    media: query,
    addEventListener() {},
    removeEventListener() {},
    addListener() {},
    removeListener() {},
  }) as unknown as MediaQueryList;
globalThis.CSS ??= { escape: (text: string) => text.replace(/["\\+/=]/g, "\\$&") } as typeof CSS;
window.scrollTo = () => undefined;
HTMLElement.prototype.scrollIntoView ??= () => undefined;

// Test files share a worker: what one leaves behind would be another's.
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  localStorage.clear();
});

// jsdom has the element and not its methods.
HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
  if (!this.open) return;
  this.open = false;
  queueMicrotask(() => this.dispatchEvent(new Event("close")));
};
