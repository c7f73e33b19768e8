// What a fetched file is: by the server's word and by its first bytes, which must agree. Pure.

/** What a block of a message holds, and so what its URL must lead to. */
export type MediaKind = "image" | "document";

/** First bytes as latin1 text from `offset`, and what they prove. */
const SIGNATURES: readonly { readonly offset: number; readonly text: string; readonly mediaType: string }[] = [
  { offset: 0, text: "\x89PNG\r\n\x1a\n", mediaType: "image/png" },
  { offset: 0, text: "\xff\xd8\xff", mediaType: "image/jpeg" },
  { offset: 0, text: "GIF87a", mediaType: "image/gif" },
  { offset: 0, text: "GIF89a", mediaType: "image/gif" },
  { offset: 8, text: "WEBP", mediaType: "image/webp" },
  ...["heic", "heix", "heim", "heis"].map((brand) => ({ offset: 4, text: `ftyp${brand}`, mediaType: "image/heic" })),
  ...["mif1", "msf1"].map((brand) => ({ offset: 4, text: `ftyp${brand}`, mediaType: "image/heif" })),
  { offset: 4, text: "ftypavif", mediaType: "image/avif" },
  { offset: 0, text: "%PDF-", mediaType: "application/pdf" },
];

const LONGEST_SIGNATURE = 16;

/** Whether the server says that the file is of the kind; parameters do not matter, no header does. */
export function isDeclaredAs(kind: MediaKind, contentType: string | undefined): boolean {
  const type = (contentType ?? "").split(";")[0]!.trim().toLowerCase();
  return kind === "document" ? type === "application/pdf" : /^image\/[a-z0-9.+-]+$/.test(type);
}

/** The media type that the first bytes prove; undefined when it is none of the kind, SVG and other text included. */
export function provenType(kind: MediaKind, bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, LONGEST_SIGNATURE)).toString("latin1");
  const found = SIGNATURES.find(({ offset, text }) => start.startsWith(text, offset))?.mediaType;
  if (found === "image/webp" && !start.startsWith("RIFF")) return undefined;
  return found !== undefined && isDeclaredAs(kind, found) ? found : undefined;
}

/** What is asked for in `accept`. */
export function acceptHeader(kind: MediaKind): string {
  return kind === "document" ? "application/pdf" : "image/*";
}
