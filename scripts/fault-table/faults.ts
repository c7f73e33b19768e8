// The numbered faults of the reliability contract, in a few words each, and what cannot be provoked in a test.

/** What goes wrong, and what the gateway makes of it. */
export interface Fault {
  readonly what: string;
  readonly outcome: string;
}

const NEXT = "next upstream";
const TOLD = "the client's protocol's error inside the stream, nothing that looks complete";
const RETURNED = "goes back to the client at once; counts against nobody";

/** By number. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  F1: { what: "connection refused or reset", outcome: NEXT },
  F2: { what: "host name does not resolve", outcome: `${NEXT}; not remembered` },
  F3: { what: "first of several addresses is dead", outcome: "the next address, within the attempt" },
  F4: { what: "certificate expired, of another name, of an unknown authority", outcome: `${NEXT}; nothing was sent` },
  F5: { what: "no TLS behind https, handshake stalls", outcome: NEXT },
  F6: { what: "connection never accepted", outcome: `${NEXT} after \`connect_ms\`` },
  F7: { what: "kept connection is stale", outcome: "a fresh one, once, within the attempt" },
  F8: { what: "closed before the head", outcome: NEXT },
  F9: { what: "upstream takes nothing of a long request", outcome: `${NEXT} after \`idle_ms\`` },
  F10: { what: "outbound proxy down or refusing", outcome: "502; no upstream is blamed" },
  F11: { what: "silence instead of a head, stream", outcome: `${NEXT} after \`first_byte_ms\`` },
  F12: { what: "silence instead of a head, whole answer", outcome: "waited for up to the request's limit" },
  F13: { what: "head drips in", outcome: NEXT },
  F14: { what: "head of a megabyte, ten thousand headers", outcome: NEXT },
  F15: { what: "invalid HTTP", outcome: `${NEXT}; the connection is not used again` },
  F16: { what: "interim answers", outcome: "passed over" },
  F17: { what: "redirect", outcome: `${NEXT}; never followed` },
  F18: { what: "web page with status 200", outcome: NEXT },
  F19: { what: "empty body with status 200", outcome: NEXT },
  F20: { what: "error object with status 200", outcome: "as the status it stands for" },
  F21: { what: "stream answered with plain JSON", outcome: "played as a stream" },
  F22: { what: "whole answer that comes as a stream", outcome: "collected" },
  F23: { what: "error as first event", outcome: "as its status" },
  F24: { what: "error behind the handshake", outcome: "as its status; one start only" },
  F25: { what: "handshake, then silence", outcome: `keep-alives, ${NEXT} in the same stream` },
  F26: { what: "silence inside an answer", outcome: TOLD },
  F27: { what: "end without terminal event", outcome: TOLD },
  F28: { what: "reset inside an answer", outcome: TOLD },
  F29: { what: "fewer bytes than announced", outcome: `${NEXT} for whole answers, else ${TOLD}` },
  F30: { what: "error event inside an answer", outcome: "passed on in the client's words; counts by its kind" },
  F31: { what: "event of broken JSON", outcome: TOLD },
  F32: { what: "whole answer of broken JSON", outcome: NEXT },
  F33: { what: "characters cut into bytes, byte order mark", outcome: "the same text" },
  F34: { what: "bytes that are no UTF-8", outcome: "replacement characters, the answer goes on" },
  F35: { what: "event without end", outcome: "given up at `max_event_bytes`; memory bounded" },
  F36: { what: "every legal way to write an event stream", outcome: "the same events" },
  F37: { what: "encodings not asked for, decompression bomb", outcome: `decoded, or ${NEXT}` },
  F38: { what: "answer without end", outcome: `\`stream_ms\`: ${TOLD}` },
  F39: { what: "second end, bytes behind the end", outcome: "left out; one end" },
  F40: { what: "tool calls split, interleaved, without index", outcome: "whole calls" },
  F41: { what: "usage missing or late", outcome: "unknown is not 0; late usage counts" },
  F42: { what: "400", outcome: RETURNED },
  F43: { what: "context too long", outcome: RETURNED },
  F44: { what: "content filter", outcome: RETURNED },
  F45: { what: "400 that our conversion may have caused", outcome: `${RETURNED}; marked; can be set to move on` },
  F46: { what: "401, 403 about the key", outcome: "next key; counts against the key" },
  F47: { what: "403 of a firewall, 403 for a model", outcome: `${NEXT}; the model rests 10 min` },
  F48: { what: "quota used up", outcome: "next key; the key rests at once" },
  F49: { what: "unknown model", outcome: `${NEXT}; the model rests 10 min` },
  F50: { what: "404 of a wrong path", outcome: NEXT },
  F51: { what: "405, 410, 415, 501", outcome: "405 and 415 go back to the client, the others move on" },
  F52: { what: "408, 425", outcome: NEXT },
  F53: { what: "409", outcome: `the same once more, then ${NEXT}` },
  F54: { what: "413", outcome: RETURNED },
  F55: { what: "422", outcome: RETURNED },
  F56: { what: "429 with `retry-after` in any form", outcome: "next key; the key rests as told, 15 min at most" },
  F57: { what: "429 with rate-limit headers", outcome: "the latest reset of what is used up" },
  F58: { what: "429 in Gemini's words", outcome: "the delay in the body" },
  F59: { what: "429 without a hint", outcome: "next key; alone once more after 2 s" },
  F60: { what: "many 429 at once", outcome: "the key rests once" },
  F61: { what: "5xx", outcome: `one more key, then ${NEXT}` },
  F62: { what: "503 with `retry-after`", outcome: "the upstream rests as told, 5 min at most" },
  F63: { what: "overload", outcome: `${NEXT} before the next key; the model counts` },
  F64: { what: "unknown statuses", outcome: "4xx go back, all others move on" },
  F65: { what: "request that breaks an upstream", outcome: "two keys at most; no key is blamed" },
  F66: { what: "client leaves", outcome: "upstream call ended at once; nobody blamed" },
  F67: { what: "client reads slowly", outcome: "the upstream is held back, memory bounded" },
  F68: { what: "client has vanished", outcome: "dropped after `client_stall_ms`" },
  F69: { what: "configuration changed under open streams", outcome: "they end with the one they began with" },
  F70: {
    what: "told to stop",
    outcome: "streams may finish for `drain_ms`, then are told; a second signal ends at once",
  },
  F71: {
    what: "kill -9, full, read-only or too small disk, damaged files",
    outcome: "old or new configuration, never half; requests go on; damaged configuration stops the start",
  },
  F72a: { what: "wall clock jumps", outcome: "no rest and no limit changes" },
  F72b: { what: "file descriptors run out", outcome: "503 with a wait, nobody blamed, healed by itself" },
  F72c: {
    what: "ten thousand idle and slow connections",
    outcome:
      "service as before, little memory, nothing left; from three of four descriptors on, answers close their connections",
  },
  F72d: { what: "herd when a breaker's time is over", outcome: "one probe, then more by steps" },
  F72e: { what: "flapping upstream", outcome: "found out by its share of failures" },
  F72f: { what: "everything down", outcome: "503 at once, with the wait" },
  F72g: { what: "retry storm", outcome: "one attempt in five and ten a second on top" },
  F72h: { what: "gateway that is its own upstream", outcome: "508" },
  F72i: { what: "blocked event loop", outcome: "503 with a wait while it lasts" },
};

/** Tests that prove a fault without its number in their name: file and a part of the title. */
export const ELSEWHERE: Readonly<Record<string, readonly (readonly [file: string, title: string])[]>> = {
  F12: [["test/e2e/silence.test.ts", "time limit"]],
  F66: [
    ["test/e2e/relay.test.ts", "stops the upstream within"],
    ["test/e2e/relay.test.ts", "during the pause before a second try, the second try is not made"],
  ],
  F67: [["test/e2e/relay.test.ts", "MB behind a slow reader stay at the upstream, and all of it arrives"]],
  F68: [["test/e2e/self-protection.test.ts", "a client that takes nothing is dropped, and its upstream call with it"]],
  F69: [
    ["test/e2e/config-reload.test.ts", "holds for new requests while a running stream goes on to its end"],
    ["test/e2e/config-reload.test.ts", "keeps the breakers of upstreams that it did not touch"],
  ],
  F70: [
    ["test/e2e/crash.test.ts", "lets running streams finish, refuses new requests, writes the log out"],
    ["test/e2e/crash.test.ts", "is cut short by a second signal"],
  ],
  F71: [
    ["test/e2e/crash.test.ts", "times during load and saves harms neither config.json nor the log"],
    ["test/e2e/crash.test.ts", "stops the start with the reasons and stays as it is"],
    ["test/e2e/crash.test.ts", "with a damaged log moves it aside and serves"],
  ],
  F72c: [["test/e2e/self-protection.test.ts", "a body of unknown length that falls silent is given up"]],
  F72d: [["test/e2e/breakers.test.ts", "lets one request probe when its time is over"]],
  F72h: [["test/e2e/self-protection.test.ts", "of one gateway with itself ends, with few requests"]],
  F72i: [["src/gateway/load-guard.test.ts", "turns requests away while the program is late"]],
};

/** What of a fault no test provokes, and why. */
export const NOT_PROVOKED: Readonly<Record<string, string>> = {
  F12: "an answer after more than five minutes: the limits are the same code with shorter times",
  F37: "a bomb of a gigabyte: one of 256 MB is stopped at the same limit",
  F68: "a client behind a cut network: that needs a network of its own; a client that takes nothing stands for it",
  F71: "EIO and a failing fsync of the disk itself: they need a broken device",
};
