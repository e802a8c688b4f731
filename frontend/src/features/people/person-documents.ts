import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { ApiError } from "@/api/api-error";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { rememberWaiting } from "@/api/waiting-change";

type Schemas = components["schemas"];

export type Person = Schemas["PersonView"];
export type Binding = Schemas["BindingView"];
export type Role = Binding["role"];
export type HandedLink = Readonly<Pick<Schemas["InvitedView"], "link" | "expires_at">>;
export type Invitation = Schemas["UserCreate"];
export type PersonChange = Schemas["UserUpdate"];
export type OpenSession = Schemas["OpenSessionView"];
export type Waiting = Schemas["WaitingView"];

const PAGE = 100;

/** People whose name or address has `part` in it, by address, page by page. */
export const peopleQuery = (part: string) =>
  infiniteQueryOptions({
    queryKey: ["people", part],
    queryFn: async ({ pageParam, signal }) => {
      const query = {
        ...(part ? { q: part } : {}),
        limit: PAGE,
        ...(pageParam ? { cursor: pageParam } : {}),
      };
      return answered(await api.GET("/api/v1/users", { params: { query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    staleTime: 2_000,
    refetchInterval: 30_000,
    retry: false,
  });

/** Read again who there is. */
export const refreshPeople = (client: QueryClient) => client.invalidateQueries({ queryKey: ["people"] });

/** Somebody as they are now. */
export async function readPerson(id: string): Promise<Person> {
  return answered(await api.GET("/api/v1/users/{user_id}", at(id)));
}

/** Invite somebody; the link is in the answer alone. */
export async function invite(body: Invitation): Promise<HandedLink> {
  return answered(await api.POST("/api/v1/users", { body }));
}

/** Make another link for somebody who has not joined; the one before ends. */
export async function inviteAgain(id: string): Promise<HandedLink> {
  return answered(await api.POST("/api/v1/users/{user_id}/invite", { ...at(id), body: {} }));
}

/** Make a link by which somebody sets a new password. */
export async function makeResetLink(id: string): Promise<HandedLink> {
  return answered(await api.POST("/api/v1/users/{user_id}/reset", { ...at(id), body: {} }));
}

/** Change somebody as they were seen here; refused with 412 where somebody else changed them meanwhile. */
export async function changePerson(person: Person, body: PersonChange): Promise<readonly Waiting[]> {
  const params = { ...at(person.id), headers: versionOf(person), body };
  return answered(await api.PATCH("/api/v1/users/{user_id}", params)).waiting;
}

/** Remove somebody as they were seen here; their peers stay, disabled where that is wanted. */
export async function removePerson(person: Person, peers: "keep" | "disable"): Promise<readonly Waiting[]> {
  const { data } = await api.DELETE("/api/v1/users/{user_id}", {
    params: { path: { user_id: person.id }, query: { peers } },
    headers: versionOf(person),
  });
  return data?.waiting ?? [];
}

/** Bind somebody to these roles instead of those that were seen here. */
export async function replaceBindings(person: Person, bindings: Binding[]): Promise<void> {
  const params = { ...at(person.id), headers: versionOf(person), body: { bindings } };
  await api.PUT("/api/v1/users/{user_id}/bindings", params);
}

/** Take every second factor of somebody off. */
export async function resetFactors(id: string): Promise<void> {
  await api.DELETE("/api/v1/users/{user_id}/factors", at(id));
}

/** Where somebody is signed in. */
export const sessionsOfQuery = (id: string) =>
  queryOptions({
    queryKey: ["sessions-of", id],
    queryFn: async ({ signal }) =>
      answered(await api.GET("/api/v1/users/{user_id}/sessions", { ...at(id), signal })).items,
    staleTime: 2_000,
    refetchInterval: 30_000,
    retry: false,
  });

/** Sign somebody out in one browser, or everywhere. */
export async function endSessionsOf(id: string, session: string | null): Promise<void> {
  if (session === null) await api.DELETE("/api/v1/users/{user_id}/sessions", at(id));
  else
    await api.DELETE("/api/v1/users/{user_id}/sessions/{session_id}", {
      params: { path: { user_id: id, session_id: session } },
    });
}

/** Remember what waits to be kept, of the interfaces on which somebody's peers were disabled. */
export function rememberAll(client: QueryClient, waiting: readonly Waiting[]): void {
  for (const each of waiting) rememberWaiting(client, each.interface_id, each.confirm);
}

/** Somebody else changed them since they were looked at. */
export const isOvertaken = (error: Error | null): boolean =>
  error instanceof ApiError && error.status === 412;

/** Whoever sits there would not prove who they are: that is no failure to tell of. */
export const isUnproved = (error: Error | null): boolean =>
  error instanceof ApiError && error.code === "step-up-required";

const at = (id: string) => ({ params: { path: { user_id: id } } });
const versionOf = (person: Person) => ({ "If-Match": `"${person.version}"` });

function answered<Answer>({ data }: { data?: Answer | undefined }): Answer {
  if (data === undefined) throw new Error("The server answered without an answer.");
  return data;
}
