import { describe, expect, test } from "bun:test";
import { imageSize } from "./image-size.ts";

function png(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(33);
  bytes.write("\x89PNG\r\n\x1a\n", 0, "latin1");
  bytes.writeUInt32BE(13, 8);
  bytes.write("IHDR", 12, "latin1");
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

/** A JPEG up to its frame header, with `filler` bytes of application data in front. */
function jpeg(width: number, height: number, filler = 0): Buffer {
  const segments = [Buffer.from([0xff, 0xd8])];
  for (let left = filler; left > 0; left -= 60_000) {
    const length = Math.min(left, 60_000);
    const segment = Buffer.alloc(length + 4);
    segment.writeUInt16BE(0xffe1, 0);
    segment.writeUInt16BE(length + 2, 2);
    segments.push(segment);
  }
  const frame = Buffer.alloc(19);
  frame.writeUInt16BE(0xffc2, 0);
  frame.writeUInt16BE(17, 2);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([...segments, frame]);
}

function gif(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.write("GIF89a", 0, "latin1");
  bytes.writeUInt16LE(width, 6);
  bytes.writeUInt16LE(height, 8);
  return bytes;
}

function webp(kind: "VP8 " | "VP8L" | "VP8X", width: number, height: number): Buffer {
  const bytes = Buffer.alloc(40);
  bytes.write("RIFF", 0, "latin1");
  bytes.write(`WEBP${kind}`, 8, "latin1");
  if (kind === "VP8 ") {
    bytes.writeUInt16LE(width, 26);
    bytes.writeUInt16LE(height, 28);
  } else if (kind === "VP8L") {
    bytes[20] = 0x2f;
    bytes.writeUInt32LE((width - 1) | ((height - 1) << 14), 21);
  } else {
    bytes.writeUIntLE(width - 1, 24, 3);
    bytes.writeUIntLE(height - 1, 27, 3);
  }
  return bytes;
}

const of = (bytes: Buffer) => imageSize(bytes.toString("base64"));

describe("imageSize", () => {
  const cases: [string, Buffer][] = [
    ["PNG", png(1280, 800)],
    ["JPEG", jpeg(1280, 800)],
    ["JPEG behind a preview", jpeg(1280, 800, 150_000)],
    ["GIF", gif(1280, 800)],
    ["lossy WebP", webp("VP8 ", 1280, 800)],
    ["lossless WebP", webp("VP8L", 1280, 800)],
    ["extended WebP", webp("VP8X", 1280, 800)],
  ];
  for (const [name, bytes] of cases) {
    test(`reads a ${name}`, () => expect(of(bytes)).toEqual({ width: 1280, height: 800 }));
    test(`gives up on any beginning of a ${name} without throwing`, () => {
      for (let length = 0; length < Math.min(bytes.length, 40); length++) {
        expect(() => of(bytes.subarray(0, length))).not.toThrow();
      }
    });
  }

  for (const [name, text] of [
    ["nothing", ""],
    ["text", Buffer.from("hello, no image at all").toString("base64")],
    ["no base64", "!!!???"],
    ["a PNG of size 0", png(0, 10).toString("base64")],
    ["a JPEG that never gets to its frame", jpeg(10, 10, 400_000).toString("base64")],
    ["a JPEG with a wrong segment", Buffer.from([0xff, 0xd8, 0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 0]).toString("base64")],
  ] as const) {
    test(`knows no size of ${name}`, () => expect(imageSize(text)).toBeUndefined());
  }
});
