// Server-sent events for the console: named by their type, with a comment in silence, dropped when nobody reads them.

/** Bytes that may wait for a slow reader, unless it is set otherwise. */
const MAX_WAITING_BYTES = 1024 * 1024;
const COMMENT_EVERY_MS = 15_000;

export interface EventSink<Event extends { readonly type: string }> {
  /** Sends an event; false once nobody reads any more. */
  send(event: Event): boolean;
  /** Ends the stream in order. */
  end(): void;
}

export interface EventStreamOptions<Event extends { readonly type: string }> {
  /** Begins to send; returns what is to be done when the stream is over, however it ended. */
  readonly start: (sink: EventSink<Event>) => () => void;
  /** Asked every 15 s; false ends the stream. */
  readonly mayGoOn: () => boolean;
  /** The reader has left. */
  readonly signal: AbortSignal;
  /** More than this waiting for a slow reader ends the stream; it has to come again. Default 1 MiB. */
  readonly maxWaitingBytes?: number;
}

/** The response that carries the events. */
export function eventStream<Event extends { readonly type: string }>(options: EventStreamOptions<Event>): Response {
  const encoder = new TextEncoder();
  let stop: (() => void) | undefined;
  let isOver = false;
  let timer: ReturnType<typeof setInterval> | undefined;
  let controller!: ReadableStreamDefaultController<Uint8Array>;

  function finish(close: boolean): void {
    if (isOver) return;
    isOver = true;
    clearInterval(timer);
    options.signal.removeEventListener("abort", leave);
    stop?.();
    if (close) controller.close();
  }

  function leave(): void {
    finish(false);
  }

  function write(text: string): boolean {
    if (isOver) return false;
    controller.enqueue(encoder.encode(text));
    if ((controller.desiredSize ?? 0) > 0) return true;
    // A browser comes again by itself and begins with a fresh snapshot, which is worth more than old news.
    finish(true);
    return false;
  }

  const body = new ReadableStream<Uint8Array>(
    {
      start(opened) {
        controller = opened;
        // First of all: when it throws, nothing has been set up that would go on.
        stop = options.start({
          send: (event) => write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
          end: () => finish(true),
        });
        if (isOver || options.signal.aborted) {
          isOver = true;
          stop();
          return;
        }
        options.signal.addEventListener("abort", leave, { once: true });
        timer = setInterval(() => {
          if (options.mayGoOn()) write(":\n\n");
          else finish(true);
        }, COMMENT_EVERY_MS);
      },
      cancel: leave,
    },
    { highWaterMark: options.maxWaitingBytes ?? MAX_WAITING_BYTES, size: (chunk) => chunk?.byteLength ?? 0 },
  );
  return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
}
