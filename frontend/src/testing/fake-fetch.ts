import { vi } from "vitest";

/** What was asked, newest last. */
export type Asked = { method: string; path: string; headers: Headers; body: unknown };

/** Answer every request with this status and JSON; returns the list of what was asked. */
export function fakeFetch(status: number, json: unknown, headers: Record<string, string> = {}): Asked[] {
  const asked: Asked[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const request = input as Request;
    const text = await request.clone().text();
    asked.push({
      method: request.method,
      path: new URL(request.url).pathname,
      headers: request.headers,
      body: text === "" ? null : JSON.parse(text),
    });
    const type = status < 400 ? "application/json" : "application/problem+json";
    const body = status === 204 ? null : JSON.stringify(json);
    return new Response(body, { status, headers: { "Content-Type": type, ...headers } });
  });
  return asked;
}
