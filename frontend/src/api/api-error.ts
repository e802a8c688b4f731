export type FieldError = Readonly<{ field: string; code: string; message: string }>;

/** An answer that is not a success, as `application/problem+json` says it (RFC 9457). */
export class ApiError extends Error {
  readonly status: number;
  readonly title: string;
  /** Which problem it is, such as `step-up-required`; empty where the server has no word for it. */
  readonly code: string;
  readonly fields: readonly FieldError[];
  /** Seconds to wait before the next try, where the server says so. */
  readonly retryAfter: number | null;
  /** What else the problem says, as the server wrote it. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(problem: {
    status: number;
    title: string;
    code?: string;
    detail?: string | null;
    fields?: readonly FieldError[];
    retryAfter?: number | null;
    members?: Readonly<Record<string, unknown>>;
  }) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
    this.status = problem.status;
    this.title = problem.title;
    this.code = problem.code ?? "";
    this.fields = problem.fields ?? [];
    this.retryAfter = problem.retryAfter ?? null;
    this.members = problem.members ?? {};
  }

  static async from(response: Response): Promise<ApiError> {
    const body = await problemOf(response);
    return new ApiError({
      status: response.status,
      title: text(body.title) ?? sentence(response.status),
      code: text(body.type)?.match(/^urn:sentra:problem:(.+)$/)?.[1] ?? "",
      detail: text(body.detail) ?? null,
      fields: Array.isArray(body.errors) ? body.errors.filter(isFieldError) : [],
      retryAfter: secondsOf(response.headers.get("Retry-After")),
      members: body,
    });
  }
}

async function problemOf(response: Response): Promise<Record<string, unknown>> {
  if (!response.headers.get("Content-Type")?.startsWith("application/problem+json")) return {};
  const body: unknown = await response.json().catch(() => null);
  return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
}

function isFieldError(entry: unknown): entry is FieldError {
  const error = entry as Partial<FieldError> | null;
  return typeof error?.field === "string" && typeof error.message === "string";
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function sentence(status: number): string {
  if (status >= 502 && status <= 504) return "Sentra does not answer at the moment.";
  return status >= 500 ? "Something went wrong on the server." : `The server refused this (${status}).`;
}

function secondsOf(header: string | null): number | null {
  return header !== null && /^\d+$/.test(header) ? Number(header) : null;
}
