import { useQuery } from "@tanstack/react-query";
import {
  documentOf,
  type InterfaceDocument,
  interfacesQuery,
} from "@/features/interfaces/interface-documents";

const NONE: readonly InterfaceDocument[] = [];

/** Every managed interface; none while they are not known. */
export function useDocuments(): { documents: readonly InterfaceDocument[]; areKnown: boolean } {
  const { data } = useQuery(interfacesQuery);
  return { documents: data ?? NONE, areKnown: data !== undefined };
}

/** The document of an interface; undefined where it is not managed, or not known yet. */
export function useDocument(node: string, name: string): InterfaceDocument | undefined {
  return documentOf(useDocuments().documents, node, name);
}
