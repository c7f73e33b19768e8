// Performs compiled plans on one raw socket, one request after the other, with exact writes, waits, closes and resets.

import type { Socket } from "bun";
import type { Act, CompiledPlan } from "./compile-plan.ts";
import { createHttpReader, type HttpReader } from "./http-reader.ts";
import type { Schedule } from "./schedule.ts";
import { SimRequest } from "./sim-request.ts";

/** What all connections of a simulator share. */
export interface ConnectionHost {
  readonly schedule: Schedule;
  readonly maxBodyBytes: number;
  nextOrdinal(): number;
  /** Enters the request into the ledger and says what to do with it. */
  accept(request: SimRequest): CompiledPlan;
}

/** One client connection. */
export class Connection {
  readonly #socket: Socket<unknown>;
  readonly #host: ConnectionHost;
  readonly #reader: HttpReader;
  readonly #waiting: SimRequest[] = [];
  #request: SimRequest | undefined;
  #acts: readonly Act[] = [];
  #next = 0;
  /** When the last wait was due: the next one counts from there, so that pacing does not drift. */
  #due = 0;
  #unsent: Uint8Array | undefined;
  #isClosed = false;

  constructor(socket: Socket<unknown>, number: number, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    const handler = {
      request: (head: string, body: Buffer) => this.#receive(new SimRequest(host.nextOrdinal(), number, head, body)),
      expectContinue: () => this.#write(Buffer.from("HTTP/1.1 100 Continue\r\n\r\n")),
      refuse: (status: number) => {
        this.#write(Buffer.from(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`));
        this.#socket.end();
      },
    };
    this.#reader = createHttpReader(handler, host.maxBodyBytes);
  }

  data(bytes: Buffer): void {
    this.#reader.push(bytes);
  }

  /** The socket takes bytes again. */
  drain(): void {
    const rest = this.#unsent;
    if (!rest) return;
    this.#unsent = undefined;
    if (this.#write(rest)) this.#run();
  }

  /** The socket is gone; requests that were not finished are marked. */
  closed(): void {
    this.#isClosed = true;
    for (const request of [this.#request, ...this.#waiting]) {
      if (!request || request.finishedAt !== undefined) continue;
      request.closedEarly = true;
      request.abortedAt = performance.now();
    }
  }

  terminate(): void {
    if (!this.#isClosed) this.#socket.terminate();
  }

  #receive(request: SimRequest): void {
    if (this.#request) this.#waiting.push(request);
    else this.#start(request);
  }

  #start(request: SimRequest): void {
    this.#request = request;
    const plan = this.#host.accept(request);
    request.status = plan.status;
    this.#acts = plan.acts;
    this.#next = 0;
    this.#due = 0;
    this.#run();
  }

  /** Performs acts until one has to wait for time or for the socket. */
  #run(): void {
    while (!this.#isClosed) {
      const act = this.#acts[this.#next++];
      if (!act) return;
      if (act.type === "write") {
        const request = this.#request;
        if (request) {
          request.eventsSent += act.events;
          request.bytesSent += act.bytes.length;
        }
        if (!this.#write(act.bytes)) return;
      } else if (act.type === "wait") {
        this.#wait(act.ms);
        return;
      } else if (this.#end(act.how)) return;
    }
  }

  #wait(ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return;
    if (ms === 0) {
      setImmediate(() => this.#run());
      return;
    }
    this.#due = (this.#due || performance.now()) + ms;
    this.#host.schedule.at(this.#due, () => this.#run());
  }

  /** Returns true when the connection serves no further request. */
  #end(how: "keep-alive" | "fin" | "rst"): boolean {
    const request = this.#request;
    this.#request = undefined;
    if (request) request.finishedAt = performance.now();
    if (how === "rst") {
      this.#socket.terminate();
      return true;
    }
    if (how === "fin" || request?.wantsClose) {
      this.#socket.end();
      return true;
    }
    const next = this.#waiting.shift();
    if (!next) return true;
    this.#start(next);
    return true;
  }

  /** Returns false when the socket is full; `drain` goes on from there. */
  #write(bytes: Uint8Array): boolean {
    if (this.#isClosed) return false;
    if (this.#unsent) {
      this.#unsent = Buffer.concat([this.#unsent, bytes]);
      return false;
    }
    const written = this.#socket.write(bytes);
    if (written < 0 || written >= bytes.length) return written >= 0;
    this.#unsent = bytes.subarray(written);
    return false;
  }
}
