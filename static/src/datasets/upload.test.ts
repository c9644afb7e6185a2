import { describe, expect, it } from "vitest";
import { ApiError } from "../shared/api/client";
import { fingerprint, rateOf, worthRetrying } from "./upload";

describe("uploads", () => {
  it("tries again what may pass, and takes a refusal as one", () => {
    expect(worthRetrying(new ApiError(0, "offline", ""))).toBe(true);
    expect(worthRetrying(new ApiError(503, "busy", ""))).toBe(true);
    expect(worthRetrying(new ApiError(413, "too_large", ""))).toBe(false);
    expect(worthRetrying(new ApiError(404, "not_found", ""))).toBe(false);
  });
  it("measures speed over the last seconds only, and not before there is something to measure", () => {
    expect(rateOf([[0, 0]])).toBeNull();
    expect(rateOf([[0, 0], [0.1, 100]])).toBeNull();
    expect(rateOf([[0, 0], [10, 0], [12, 2000], [14, 4000]])).toBe(1000);
  });
  it("knows a file again by name, size and date", () => {
    const file = { name: "a.zip", size: 3, lastModified: 5 };
    expect(fingerprint(file)).toBe(fingerprint({ ...file }));
    expect(fingerprint(file)).not.toBe(fingerprint({ ...file, size: 4 }));
  });
});
