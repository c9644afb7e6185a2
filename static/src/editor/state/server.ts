/** The editor's words with the site: each call one function; faults are `ApiError` with the site's own sentence. */
import { ApiError, address, api, csrfToken, failure } from "@shared/api/client";
import type { DatasetRow, Listing, RunDetail, RunRow, Schemas } from "@shared/types";
import type { Registry } from "../model/registry";
import { readRegistry } from "../model/registry";
import type { Report } from "../model/report";
import { filled } from "../model/parse";
import type { Design, Group, Params } from "../model/types";

/** Is this a fault of the way to the site, not of what was asked? Then trying again later helps. */
export const isAway = (error: unknown): boolean => error instanceof ApiError && (error.status === 0 || error.status >= 502);

const detailsOf = (error: ApiError): unknown =>
  (error.body as { error?: { details?: unknown } } | null)?.error?.details;

/** What the site has instead, when a draft or a version came too late. */
export interface Newer {
  number: number;
  /** Null when a version took the place of the draft. */
  draft: unknown;
}

export function newerOf(error: unknown): Newer | null {
  if (!(error instanceof ApiError) || error.status !== 409 || error.code !== "stale_draft") return null;
  const { number = 0, draft = null } = (detailsOf(error) ?? {}) as Partial<Newer>;
  return { number, draft };
}

export type VersionRow = Schemas["VersionRow"];
export type ZooRow = Schemas["ZooOut"];

const signalled = (signal?: AbortSignal) => (signal ? { signal } : {});

export const registry = async (): Promise<Registry> => readRegistry(await api.get("/api/registry"));

export type BlockHelp = Schemas["BlockHelp"];
export const blockHelp = (id: string, signal?: AbortSignal): Promise<BlockHelp> =>
  api.get(`/api/registry/block/${encodeURIComponent(id)}/help`, signalled(signal));

export const analyze = (body: { design: Design; dataset: string | null; batch?: number }, signal?: AbortSignal): Promise<Report> =>
  api.post("/api/analyze", body, signalled(signal));

export const generate = async (generator: string, params: Params, signal?: AbortSignal): Promise<{ key: string; groups: Record<string, Group> }> => {
  const made = await api.post<Schemas["GenerateOut"]>("/api/generate", { generator, params }, signalled(signal));
  return { key: made.key, groups: Object.fromEntries(Object.entries(made.groups).map(([key, group]) => [key, filled(group) as Group])) };
};

export const transform = (body: { design: Design; transform: string; params: Params; dataset: string | null }, signal?: AbortSignal): Promise<Schemas["TransformOut"]> =>
  api.post("/api/transform", body, signalled(signal));

export const compare = (body: { before: Design; after: Design; dataset: string | null }, signal?: AbortSignal): Promise<Schemas["CompareOut"]> =>
  api.post("/api/compare", body, signalled(signal));

export const code = (body: { design: Design; dataset: string | null }, signal?: AbortSignal): Promise<Schemas["CodeOut"]> =>
  api.post("/api/code", body, signalled(signal));

export const sample = (body: Partial<Omit<Schemas["SampleIn"], "design" | "dataset">> & { design: Design; dataset: string }, signal?: AbortSignal): Promise<Schemas["SampleOut"]> =>
  api.post("/api/sample", body, signalled(signal));
export const profile = (body: { design: Design; dataset: string | null; batch: number }, signal?: AbortSignal): Promise<Schemas["ProfileOut"]> =>
  api.post("/api/profile", body, signalled(signal));
export const sampleProgress = (): Promise<Schemas["SampleProgress"]> => api.get("/api/sample/progress");

const ALL = { query: { limit: 100 } };
export const zoo = (): Promise<Listing<ZooRow>> => api.get("/api/zoo", ALL);
export const zooDesign = (id: string): Promise<Schemas["ZooDetail"]> => api.get(`/api/zoo/${encodeURIComponent(id)}`);

export const design = (id: string): Promise<Schemas["DesignDetail"]> => api.get(`/api/designs/${id}`);
export const designs = (): Promise<Listing<Schemas["DesignRow"]>> => api.get("/api/designs", ALL);
export const createDesign = (body: { design: Design; name?: string; zoo?: string }): Promise<Schemas["DesignCreated"]> =>
  api.post("/api/designs", body);
export const saveDraft = (id: string, body: { design: Design; base: number }): Promise<Schemas["DraftSaved"]> => api.put(`/api/designs/${id}/draft`, body);
export const saveVersion = (id: string, body: { design: Design; name: string; base: number }): Promise<Schemas["VersionSaved"]> =>
  api.post(`/api/designs/${id}/versions`, body);
export type Kept = Schemas["WeightsKept"];
export type Imported = Pick<Schemas["ImportOut"], "notes" | "problems" | "weights">;

/** A model made elsewhere as a design. */
export const importModel = (file: File): Promise<Schemas["ImportOut"]> => sendModel("/api/designs/import", file);

/** The weights of a model made elsewhere, kept with the version that its design was saved as. */
export const keepWeights = (id: string, version: number, file: File): Promise<Schemas["WeightsKept"]> =>
  sendModel(`/api/designs/${id}/versions/${version}/weights`, file);

/** The file is the body, so that nothing of it is held twice. */
async function sendModel<T>(path: string, file: File): Promise<T> {
  const headers = { "Content-Type": "application/octet-stream", "X-CSRFToken": csrfToken() };
  const call = fetch(address(path, { filename: file.name }), { method: "POST", credentials: "same-origin", headers, body: file });
  const answer = await call.catch(() => {
    // A site that refuses a body unread may close the connection before its answer is seen.
    throw new ApiError(0, "offline", "The server does not answer: it is away, or the file is larger than it takes.");
  });
  if (!answer.ok) throw await failure(answer);
  return (await answer.json()) as T;
}

export const versions = (id: string): Promise<Listing<VersionRow>> => api.get(`/api/designs/${id}/versions`, ALL);
export const version = (id: string, number: number): Promise<Schemas["VersionDetail"]> => api.get(`/api/designs/${id}/versions/${number}`);

export const datasets = (): Promise<Listing<DatasetRow>> => api.get("/api/datasets", ALL);
export const runs = (design: string): Promise<Listing<RunRow>> => api.get("/api/runs", { query: { design, limit: 50 } });

export const run = (id: string): Promise<RunRow> => api.get(`/api/runs/${id}`);
export const runNodes = (id: string): Promise<Schemas["NodesOut"]> => api.get(`/api/runs/${id}/nodes`);

/** The newest profiles of a design, one's own, whatever their state. */
export const profiles = (design: string): Promise<Listing<RunRow>> => api.get("/api/runs", { query: { design, kind: "profile", limit: 10 } });
export const profileRun = (id: string): Promise<RunDetail> => api.get(`/api/runs/${id}`);

export const rates = (): Promise<Schemas["RatesOut"]> => api.get("/api/rates");
export const latencies = async (design: string, dataset: string | null, signal?: AbortSignal): Promise<Schemas["LatencyOut"][]> =>
  (await api.get<Schemas["LatencyList"]>(`/api/designs/${design}/latency`, { ...(dataset ? { query: { dataset } } : {}), ...signalled(signal) })).items;

/** The last words of a page that is being closed; nobody waits for the answer. */
export function saveDraftLeaving(id: string, body: { design: Design; base: number }): void {
  void fetch(`/api/designs/${id}/draft`, {
    method: "PUT",
    keepalive: true,
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
  }).catch(() => {});
}
