// Reads an image's dimensions out of the first bytes of its base64 text; decodes no pixels.

/** Width and height in pixels, at least 1 each. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Base64 characters looked at first: enough for every format but JPEGs with a large preview in front. */
const HEAD_CHARACTERS = 4096;
/** And at most, for those. */
const MAX_CHARACTERS = 262_144;

/** Size of a PNG, JPEG, WebP or GIF, whatever its media type claims; undefined for anything else. Never throws. */
export function imageSize(base64: string): ImageSize | undefined {
  const head = Buffer.from(base64.slice(0, HEAD_CHARACTERS), "base64");
  if (head.length >= 3 && head[0] === 0xff && head[1] === 0xd8) {
    return jpegSize(head) ?? jpegSize(Buffer.from(base64.slice(0, MAX_CHARACTERS), "base64"));
  }
  return checked(pngSize(head) ?? gifSize(head) ?? webpSize(head));
}

function pngSize(bytes: Buffer): ImageSize | undefined {
  if (bytes.length < 24 || bytes.readUInt32BE(0) !== 0x89504e47) return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

function gifSize(bytes: Buffer): ImageSize | undefined {
  if (bytes.length < 10 || bytes.toString("latin1", 0, 4) !== "GIF8") return undefined;
  return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
}

function webpSize(bytes: Buffer): ImageSize | undefined {
  if (bytes.length < 30 || bytes.toString("latin1", 0, 4) !== "RIFF" || bytes.toString("latin1", 8, 12) !== "WEBP") {
    return undefined;
  }
  switch (bytes.toString("latin1", 12, 16)) {
    case "VP8 ":
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case "VP8L": {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case "VP8X":
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}

/** Walks the segments to the frame header. */
function jpegSize(bytes: Buffer): ImageSize | undefined {
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // Frame headers are C0 to CF but for the tables DHT (C4), JPG (C8) and DAC (CC).
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return checked({ width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) });
    }
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

function checked(size: ImageSize | undefined): ImageSize | undefined {
  return size && size.width > 0 && size.height > 0 ? size : undefined;
}
