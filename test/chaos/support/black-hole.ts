// A port where connections stay unanswered: a listening socket that nobody accepts from, with its queue full.
// Made with the C library, since neither Bun nor Node lets a listener go without accepting. Linux only.

import { dlopen, FFIType } from "bun:ffi";

/** A port that swallows connection attempts. */
export interface BlackHole {
  readonly port: number;
  close(): void;
}

const AF_INET = 2;
const SOCK_STREAM = 1;

/** Opens one on 127.0.0.1; undefined where the system does not let us. */
export async function openBlackHole(): Promise<BlackHole | undefined> {
  if (process.platform !== "linux") return undefined;
  const { symbols: libc } = dlopen("libc.so.6", {
    socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
    bind: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
    listen: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
    getsockname: { args: [FFIType.i32, FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
    close: { args: [FFIType.i32], returns: FFIType.i32 },
  });
  const address = new Uint8Array(16);
  address.set([AF_INET, 0, 0, 0, 127, 0, 0, 1]);
  const descriptor = libc.socket(AF_INET, SOCK_STREAM, 0);
  const length = new Uint32Array([address.length]);
  const isListening =
    descriptor >= 0 &&
    libc.bind(descriptor, address, address.length) === 0 &&
    libc.listen(descriptor, 0) === 0 &&
    libc.getsockname(descriptor, address, length) === 0;
  if (!isListening) return undefined;
  const port = ((address[2] as number) << 8) | (address[3] as number);
  // One or two of these fill the queue; the others show that it is full.
  const fillers: Bun.Socket[] = [];
  const open = (socket: Bun.Socket): void => void fillers.push(socket);
  const pending = Array.from({ length: 4 }, () =>
    Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => undefined, open } }).catch(() => undefined),
  );
  await Promise.race([Promise.all(pending), Bun.sleep(50)]);
  const close = (): void => {
    for (const socket of fillers) socket.terminate();
    libc.close(descriptor);
  };
  if (fillers.length < 4) return { port, close };
  close();
  return undefined;
}
