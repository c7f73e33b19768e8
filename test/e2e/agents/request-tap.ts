// A listener before the gateway that passes bytes on unchanged and writes down what an agent asks for and is told.
// The gateway's records alone would not show probes, model lists and token counts.

import { connect, createServer, type Socket } from "node:net";
import { createHttpReader } from "../../../src/simulator/http-reader.ts";
import { SimRequest } from "../../../src/simulator/sim-request.ts";

/** One request as the agent sent it. */
export interface TappedRequest {
  readonly request: SimRequest;
  /** Status line's number; undefined while no answer came. */
  status: number | undefined;
}

/** A running tap. */
export interface RequestTap {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** In order of arrival. */
  readonly seen: readonly TappedRequest[];
  stop(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Starts a tap before a port on this machine. */
export async function startRequestTap(gatewayPort: number): Promise<RequestTap> {
  const seen: TappedRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const gateway = connect(gatewayPort, "127.0.0.1");
    /** Requests of this connection without an answer; agents do not pipeline, so an answer's head comes first. */
    const waiting: TappedRequest[] = [];
    const reader = createHttpReader(
      {
        request(head, body) {
          const tapped = { request: new SimRequest(seen.length, sockets.size, head, body), status: undefined };
          seen.push(tapped);
          waiting.push(tapped);
        },
        expectContinue: () => undefined,
        refuse: () => undefined,
      },
      MAX_BODY_BYTES,
    );
    client.on("data", (bytes: Buffer) => reader.push(bytes));
    gateway.on("data", (bytes: Buffer) => {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(bytes.toString("latin1", 0, 12))?.[1];
      const tapped = status && status !== "100" ? waiting.shift() : undefined;
      if (tapped) tapped.status = Number(status);
    });
    join(client, gateway);
    join(gateway, client);
  });

  /** Passes on what `from` brings, its end, and its break as a break. */
  function join(from: Socket, to: Socket): void {
    sockets.add(from);
    from.setNoDelay(true);
    from.pipe(to);
    // A reset of one side is told to the other; `close` follows.
    from.on("error", () => to.resetAndDestroy());
    from.on("close", () => {
      sockets.delete(from);
      if (!to.writableEnded) to.destroy();
    });
  }

  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    seen,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
