import { vi } from "vitest";
import type { Asked } from "@/testing/fake-fetch";

/** What is answered: JSON with status 200, or a status and JSON, or what a function makes of the request's body. */
export type Answer = object | readonly [status: number, json: unknown] | ((body: unknown) => Answer);

/**
 * Answer by method and path, as `"POST /api/v1/interfaces"`; a dry run is `"POST /api/v1/interfaces?dry_run=true"`.
 * Anything else is answered 404. Returns the list of what was asked, newest last; paths with their query.
 */
export function fakeServer(answers: Record<string, Answer>): Asked[] {
  const asked: Asked[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const request = input as Request;
    const text = await request.clone().text();
    const { pathname, search } = new URL(request.url);
    const body: unknown = text === "" ? null : JSON.parse(text);
    asked.push({ method: request.method, path: pathname + search, headers: request.headers, body });
    const answer = answers[`${request.method} ${pathname}${search}`] ?? [404, { title: "No such thing" }];
    const [status, json] = settled(answer, body);
    const type = status < 400 ? "application/json" : "application/problem+json";
    return new Response(status === 204 ? null : JSON.stringify(json), {
      status,
      headers: { "Content-Type": type },
    });
  });
  return asked;
}

/** A refusal that names wrong fields. */
export function wrongFields(...errors: { field: string; message: string }[]): Answer {
  const named = errors.map((error) => ({ code: "wrong", ...error }));
  return [422, { type: "about:blank", title: "Some fields are wrong.", status: 422, errors: named }];
}

/** A refusal of the whole. */
export function refused(status: number, detail: string): Answer {
  return [status, { type: "about:blank", title: "No", status, detail }];
}

function settled(answer: Answer, body: unknown): readonly [number, unknown] {
  if (typeof answer === "function") return settled(answer(body), body);
  return Array.isArray(answer) ? (answer as unknown as readonly [number, unknown]) : [200, answer];
}
