/** The editor's words with the site: each call one function, faults as `ServerError` with the site's own sentence. */
import type { Registry } from "../model/registry";
import { readRegistry } from "../model/registry";
import type { Report } from "../model/report";
import type { Design, Json } from "../model/types";

export class ServerError extends Error {
  constructor(
    message: string,
    /** 0 when the site could not be reached. */
    readonly status: number,
    readonly code: string,
    readonly details: unknown = undefined,
  ) {
    super(message);
  }

  get away(): boolean {
    return this.status === 0 || this.status >= 502;
  }
}

function cookie(name: string): string {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

interface Call {
  method?: string;
  body?: unknown;
  signal?: AbortSignal | undefined;
  keepalive?: boolean;
}

async function call<T>(path: string, { method = "GET", body, signal, keepalive }: Call = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/${path}`, {
      method,
      credentials: "same-origin",
      headers: {
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(method === "GET" ? {} : { "X-CSRFToken": cookie("csrftoken") }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
      ...(keepalive ? { keepalive } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ServerError("The server cannot be reached.", 0, "away");
  }
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new ServerError(`The server answered ${response.status} with something that is not JSON.`, response.status, "bad_answer");
  }
  if (response.ok) return answer as T;
  const error = (answer as { error?: { message?: string; code?: string; details?: unknown } }).error;
  throw new ServerError(
    error?.message ?? `The server answered ${response.status}.`,
    response.status,
    error?.code ?? "error",
    error?.details,
  );
}

export interface DesignDetail {
  id: string;
  name: string;
  zoo: string;
  version: number | null;
  hash: string;
  design: unknown;
  draft: { number: number; design: unknown };
  url: string;
}

export interface VersionRow {
  version: number;
  name: string;
  hash: string;
  params: number | null;
  macs: number | null;
  author: string | null;
  runs: number;
  created: string;
}

export interface ZooRow {
  id: string;
  title?: string;
  name?: string;
  family?: string;
  help?: string;
  params?: number | null;
  macs?: number | null;
  picture?: string;
}

export interface DatasetRow {
  id: string;
  name: string;
  kind?: string;
  task?: string | null;
  state?: string;
  builtin?: boolean;
  facts?: Record<string, Record<string, Json>> | null;
}

export interface RunRow {
  id: string;
  name?: string;
  state: string;
  design?: { id: string; name: string; version: number };
  dataset?: { id: string; name: string };
  progress?: { step: number; total_steps: number; epoch: number; total_epochs: number; eta_s: number | null } | null;
  metrics?: Record<string, number | null> | null;
  created: string;
  seconds?: number | null;
  url?: string;
}

interface List<T> {
  items: T[];
  count: number;
  next?: string | null;
}

export const registry = async (): Promise<Registry> => readRegistry(await call("registry"));

export const analyze = (
  body: { design: Design; dataset: string | null; batch?: number },
  signal?: AbortSignal,
): Promise<Report> => call("analyze", { method: "POST", body, signal });

export const code = (body: { design: Design; dataset: string | null }, signal?: AbortSignal): Promise<{ python: string; html: string }> =>
  call("code", { method: "POST", body, signal });

export const zoo = (): Promise<List<ZooRow>> => call("zoo?limit=100");
export const zooDesign = (id: string): Promise<ZooRow & { design: unknown }> => call(`zoo/${encodeURIComponent(id)}`);

export const design = (id: string): Promise<DesignDetail> => call(`designs/${id}`);
export const createDesign = (body: {
  design: Design;
  name?: string;
  zoo?: string;
}): Promise<{ id: string; name: string; version: number; draft_number: number }> =>
  call("designs", { method: "POST", body });
export const saveDraft = (
  id: string,
  body: { design: Design; base: number },
  keepalive = false,
): Promise<{ number: number }> => call(`designs/${id}/draft`, { method: "PUT", body, keepalive });
export const saveVersion = (
  id: string,
  body: { design: Design; name: string },
): Promise<{ version: number; name: string; draft_number: number }> =>
  call(`designs/${id}/versions`, { method: "POST", body });
export const versions = (id: string): Promise<List<VersionRow>> => call(`designs/${id}/versions?limit=100`);
export const version = (id: string, number: number): Promise<VersionRow & { design: unknown }> =>
  call(`designs/${id}/versions/${number}`);

export const datasets = (): Promise<List<DatasetRow>> => call("datasets?limit=100");
export const runs = (design: string): Promise<List<RunRow>> => call(`runs?design=${design}&limit=50`);
