/** Uploads in parts: a broken line costs one part, a closed tab none, for the server remembers what has arrived. */
import { address, api, ApiError, csrfToken, failureOf } from "../shared/api/client";
import { backoff } from "../shared/socket/sequence";
import type { UploadOut } from "../shared/types";

export interface Transfer {
  id: string;
  sent: number;
  total: number;
  /** Bytes per second over the last few seconds; null at first. */
  rate: number | null;
}

const TRIES = 6;

/** What makes a file the same file to a person: its name, size and date. */
export const fingerprint = (file: Pick<File, "name" | "size" | "lastModified">): string => `upload:${file.name}:${file.size}:${file.lastModified}`;

/** Whether trying again may help: a lost line or a busy server, not a refusal. */
export const worthRetrying = (error: unknown): boolean => !(error instanceof ApiError) || error.status === 0 || error.status === 429 || error.status >= 500;

/** Bytes per second from the newest samples of (time in s, bytes), looking back at most `span` seconds. */
export function rateOf(samples: readonly (readonly [number, number])[], span = 5): number | null {
  const last = samples.at(-1);
  if (!last) return null;
  const first = samples.find(([time]) => last[0] - time <= span)!;
  return last[0] - first[0] >= 0.3 ? (last[1] - first[1]) / (last[0] - first[0]) : null;
}

export async function upload(file: File, onMove: (transfer: Transfer) => void, signal: AbortSignal): Promise<string> {
  const key = fingerprint(file);
  const begun = (await resume(key, file.size)) ?? (await api.post<UploadOut>("/api/datasets/uploads", { filename: file.name, size: file.size }));
  remember(key, begun.id);
  const samples: [number, number][] = [];
  const tell = (sent: number): void => {
    samples.push([performance.now() / 1000, sent]);
    onMove({ id: begun.id, sent, total: file.size, rate: rateOf(samples) });
  };
  let offset = begun.received;
  tell(offset);
  for (let tries = 0; offset < file.size; ) {
    signal.throwIfAborted();
    try {
      const part = file.slice(offset, offset + begun.part_bytes);
      const from = offset;
      offset = (await put(begun.id, from, part, (sent) => tell(from + sent), signal)).received;
      tries = 0;
      tell(offset);
    } catch (error) {
      signal.throwIfAborted();
      const lostCount = error instanceof ApiError && error.code === "wrong_offset";
      if ((!worthRetrying(error) && !lostCount) || ++tries >= TRIES) throw error;
      await new Promise((done) => setTimeout(done, backoff(tries - 1) * 1000));
      // The part may have arrived although its answer did not: ask, rather than guess.
      const state = await api.get<UploadOut>(`/api/datasets/uploads/${begun.id}`).catch(() => null);
      if (state) offset = state.received;
    }
  }
  forget(key);
  return begun.id;
}

function put(id: string, offset: number, part: Blob, onSent: (bytes: number) => void, signal: AbortSignal): Promise<UploadOut> {
  // XMLHttpRequest, because fetch says nothing while a body goes out.
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("PUT", address(`/api/datasets/uploads/${id}`, { offset }));
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => (request.status < 300 ? done(request.response as UploadOut) : fail(failureOf(request.status, request.response)));
    request.onerror = () => fail(new ApiError(0, "offline", "The line to the server broke during the upload."));
    request.onabort = () => fail(new DOMException("stopped", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(part);
  });
}

async function resume(key: string, size: number): Promise<UploadOut | null> {
  const id = stored(key);
  if (!id) return null;
  try {
    const state = await api.get<UploadOut>(`/api/datasets/uploads/${id}`);
    if (state.state === "uploading" && state.size === size) return state;
  } catch {
    /* Deleted, or somebody else's browser profile: begin anew. */
  }
  forget(key);
  return null;
}

// Storage may be switched off in a browser; then an upload simply cannot be resumed after a reload.
function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
function remember(key: string, id: string): void {
  try {
    localStorage.setItem(key, id);
  } catch {
    /* see above */
  }
}
export function forget(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    /* see above */
  }
}
