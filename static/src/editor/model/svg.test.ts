import { describe, expect, it } from "vitest";
import { escapeXml, readSvgMetadata, svgMetadata } from "./svg";

describe("a text inside an SVG", () => {
  it("comes back as it was", () => {
    const text = '{"name":"a < b & \\"c\\" </metadata> 図","note":"&amp;"}';
    const svg = `<svg xmlns="http://www.w3.org/2000/svg"><title>x</title>${svgMetadata(text)}<rect/></svg>`;
    expect(readSvgMetadata(svg)).toBe(text);
    expect(svg).not.toContain("</metadata> 図");
  });

  it("is found after another program has written the drawing anew", () => {
    const svg = '<svg><metadata\n   data-x="1"\n   id="blockyard-design"\n   >{&#34;a&#34;:&#x22;&apos;&#x22;}</metadata></svg>';
    expect(readSvgMetadata(svg)).toBe('{"a":"\'"}');
  });

  it("is null in any other drawing", () => {
    expect(readSvgMetadata("<svg/>")).toBeNull();
    expect(readSvgMetadata('<svg><metadata id="other">{}</metadata></svg>')).toBeNull();
  });

  it("has nothing in it that XML does not allow", () => {
    expect(escapeXml("a\0b\x1bc\ufffe<")).toBe("abc&lt;");
  });
});
