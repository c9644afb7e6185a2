/** Calls of our own API: JSON in and out, the CSRF token, and every failure as one `ApiError` a person can read. */

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly where: string = "",
    /** The whole answer, for the few that carry more (a stale draft brings the newer one). */
    readonly body: unknown = null,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Call {
  query?: Query;
  signal?: AbortSignal;
}

/** Django's token: of the page, else of the cookie. */
export function csrfToken(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
  return meta || (document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? "");
}

export function address(path: string, query?: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** What went wrong, from an answer that is not 2xx. */
export async function failure(answer: Response): Promise<ApiError> {
  let body: unknown = null;
  try {
    body = await answer.json();
  } catch {
    /* A proxy's page, or nothing at all: the status has to do. */
  }
  return failureOf(answer.status, body);
}

export function failureOf(status: number, body: unknown): ApiError {
  const error = (body as { error?: { code?: string; message?: string; where?: string | null } } | null)?.error;
  const fallback =
    status === 401 || status === 403
      ? "You are not signed in any more. Open the sign-in link again."
      : status === 413
        ? "That is larger than the server accepts."
        : `The server answered with status ${status}.`;
  return new ApiError(status, error?.code ?? `http_${status}`, error?.message ?? fallback, error?.where ?? "", body);
}

async function call<T>(method: string, path: string, body: unknown, { query, signal }: Call = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(address(path, query), {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "offline", "The server does not answer. Is Blockyard still running?");
  }
  if (!answer.ok) throw await failure(answer);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

export const api = {
  get: <T>(path: string, options?: Call) => call<T>("GET", path, undefined, options),
  post: <T>(path: string, body?: unknown, options?: Call) => call<T>("POST", path, body ?? {}, options),
  put: <T>(path: string, body: unknown, options?: Call) => call<T>("PUT", path, body, options),
  patch: <T>(path: string, body: unknown, options?: Call) => call<T>("PATCH", path, body, options),
  delete: <T = void>(path: string, options?: Call) => call<T>("DELETE", path, undefined, options),
  text: async (path: string, options?: Call): Promise<string> => {
    const answer = await fetch(address(path, options?.query), { credentials: "same-origin", signal: options?.signal ?? null });
    if (!answer.ok) throw await failure(answer);
    return answer.text();
  },
};

/** Whether an error only says that we gave up waiting ourselves. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
