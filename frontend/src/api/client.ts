import createClient from "openapi-fetch";
import { ApiError } from "@/api/api-error";
import type { paths } from "@/api/schema";
import { type Listener, Listeners, type Undo } from "@/lib/listeners";

const SESSION_PATH = "/api/v1/session";
const ENDED = "ended";
const listeners = new Listeners();

/** Hear of an answer that says that the session has ended. */
export const onSessionEnded = (listener: Listener): Undo => listeners.add(ENDED, listener);

/** The JSON API with the types of its OpenAPI document; whatever is not a success is thrown as ApiError. */
export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: "same-origin",
  fetch: (request) => globalThis.fetch(request),
});

api.use({
  onRequest({ request }) {
    if (request.method === "GET") return undefined;
    request.headers.set("X-Sentra-CSRF", "1");
    request.headers.set("Content-Type", "application/json");
    return request;
  },
  async onResponse({ request, response }) {
    if (response.ok) return undefined;
    if (response.status === 401 && new URL(request.url).pathname !== SESSION_PATH) listeners.wake(ENDED);
    throw await ApiError.from(response);
  },
  onError() {
    return new ApiError({ status: 0, title: "Sentra cannot be reached. Is this machine online?" });
  },
});
