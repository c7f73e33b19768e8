// A client on a raw socket that reads when it wants and leaves when it wants.

import { createConnection, type Socket } from "node:net";
import { rawRequest } from "../../support/raw-client.ts";
import type { ClientCall } from "./client-calls.ts";

/** A client connection with its request sent. */
export interface RawVisitor {
  /** Everything received so far, as latin1 text. */
  readonly received: string;
  readonly receivedBytes: number;
  /** The server has closed. */
  readonly isClosed: boolean;
  /** Stops reading: the kernel's buffers fill up behind it. */
  pause(): void;
  resume(): void;
  /** Leaves: with a reset, or with a proper close. Returns `performance.now()` of that moment. */
  leave(how: "rst" | "fin"): number;
}

/** Connects and sends the call. With `keep` false only the byte count is kept, for very long answers. */
export function visit(url: string, call: ClientCall, keep = true): RawVisitor {
  const chunks: Buffer[] = [];
  let receivedBytes = 0;
  let isClosed = false;
  const socket: Socket = createConnection({ host: "127.0.0.1", port: Number(new URL(url).port) });
  socket.setNoDelay(true);
  socket.on("data", (chunk: Buffer) => {
    receivedBytes += chunk.length;
    if (keep) chunks.push(chunk);
  });
  socket.on("close", () => {
    isClosed = true;
  });
  // A reset by the server: `close` follows.
  socket.on("error", () => undefined);
  socket.write(rawRequest(call.path, call.body));
  return {
    get received() {
      return Buffer.concat(chunks).toString("latin1");
    },
    get receivedBytes() {
      return receivedBytes;
    },
    get isClosed() {
      return isClosed;
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    leave(how) {
      const now = performance.now();
      if (how === "rst") socket.resetAndDestroy();
      else socket.destroy();
      return now;
    },
  };
}
