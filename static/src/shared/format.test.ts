import { describe, expect, it } from "vitest";
import { ago, bytes, duration, full, metricLabel, ms, NONE, percent, plain, sentence, short } from "./format";

describe("figures", () => {
  it("shortens counts without lying about the letter", () => {
    expect([0, 999, 1000, 61_706, 999_990, 25_557_032, 4.09e9].map(short)).toEqual(["0", "999", "1 k", "61.7 k", "1 M", "25.6 M", "4.09 G"]);
  });
  it("writes bytes in binary units", () => {
    expect([512, 1024, 1_048_575, 25_557_032 * 4].map(bytes)).toEqual(["512 B", "1 KiB", "1 MiB", "97.5 MiB"]);
  });
  it("writes times as people say them", () => {
    expect([0.82, 9.96, 59, 60, 200, 3599, 7500, 200_000].map(duration)).toEqual(["0.82 s", "10 s", "59 s", "1 min", "3 min 20 s", "59 min 59 s", "2 h 05 min", "2 d 7 h"]);
  });
  it("has a dash for what is not there", () => {
    for (const format of [short, full, bytes, duration, ms, percent, plain]) {
      expect(format(null)).toBe(NONE);
      expect(format(Number.NaN)).toBe(NONE);
    }
  });
  it("uses exponents only where they help", () => {
    expect([0.001, 0.00034, 0.25, 2_000_000].map(plain)).toEqual(["0.001", "3.40e-4", "0.25", "2.00e6"]);
  });
  it("knows metrics by name, with and without the split", () => {
    expect(metricLabel("test/accuracy").format(0.9722)).toBe("97.2 %");
    expect(metricLabel("samples_per_s").unit).toBe("samples/s");
    expect(metricLabel("odd_thing").label).toBe("Odd thing");
  });
  it("makes sentences of messages", () => {
    expect([" training diverged", "Take less.", ""].map(sentence)).toEqual(["Training diverged.", "Take less.", ""]);
  });
  it("says how long ago", () => {
    const now = Date.parse("2026-01-01T12:00:00Z");
    expect(ago("2026-01-01T11:59:50Z", now)).toBe("just now");
    expect(ago("2026-01-01T11:55:00Z", now)).toBe("5 min ago");
    expect(ago(null, now)).toBe(NONE);
  });
});
