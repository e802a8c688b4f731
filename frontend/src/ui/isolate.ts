/** Take everything but this element out of reach, for as long as it covers the whole page; returns the undo. */
export function isolate(element: HTMLElement): () => void {
  const silenced: Element[] = [];
  for (
    let inner: Element = element;
    inner !== document.body && inner.parentElement;
    inner = inner.parentElement
  )
    for (const sibling of inner.parentElement.children)
      if (sibling !== inner && !sibling.hasAttribute("inert")) silenced.push(sibling);
  for (const each of silenced) each.setAttribute("inert", "");
  return () => {
    for (const each of silenced) each.removeAttribute("inert");
  };
}
