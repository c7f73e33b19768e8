// The one place that touches Bun's socket callbacks: every socket has an owner, which changes as it goes from dialling
// through a proxy tunnel to an HTTP connection. One shared handler table, so that an event costs no closure.

import type { Socket, SocketHandler } from "bun";

export type OwnedSocket = Socket<SocketOwner>;

/** Receives the events of the sockets whose `data` it is; those it leaves out are dropped. */
export interface SocketOwner {
  /** TCP is established; for TLS the handshake follows. */
  socketOpened?(socket: OwnedSocket): void;
  /** TCP could not be established. */
  socketFailed?(error: Error): void;
  /** TLS handshake over: `error` is null when the certificate chain and the host name were verified. */
  socketSecured?(socket: OwnedSocket, error: Error | null): void;
  /** `bytes` is only valid during the call. */
  socketData?(socket: OwnedSocket, bytes: Buffer): void;
  /** There is room to write again. */
  socketDrained?(socket: OwnedSocket): void;
  /** Last event. `error` is null after an orderly close by the other side; also called inside our own `terminate()`. */
  socketClosed?(socket: OwnedSocket, error: Error | null): void;
}

/** Handler table for `Bun.connect` and `upgradeTLS`. */
export const SOCKET_HANDLERS: SocketHandler<SocketOwner> = {
  open(socket) {
    socket.data.socketOpened?.(socket);
  },
  connectError(socket, error) {
    socket.data.socketFailed?.(error);
  },
  handshake(socket, isVerified, error) {
    socket.data.socketSecured?.(socket, error ?? (isVerified ? null : new Error("handshake failed")));
  },
  data(socket, bytes) {
    socket.data.socketData?.(socket, bytes);
  },
  drain(socket) {
    socket.data.socketDrained?.(socket);
  },
  close(socket, error) {
    socket.data.socketClosed?.(socket, error ?? null);
  },
  // A broken TLS record, or a handler of ours that threw: either way the connection is of no use any more.
  error(socket, error) {
    const owner = socket.data;
    socket.data = ABANDONED;
    owner.socketClosed?.(socket, error);
    socket.terminate();
  },
};

/** Owner of sockets nobody waits for any more: whatever still arrives is dropped. */
export const ABANDONED: SocketOwner = {
  socketOpened: (socket) => socket.terminate(),
};

/** Closes with a reset, at once; no owner hears of it. */
export function abandon(socket: OwnedSocket): void {
  socket.data = ABANDONED;
  socket.terminate();
}

/** Closes in form (FIN, close_notify), without waiting for the other side; no owner hears of it. */
export function closeOrderly(socket: OwnedSocket): void {
  socket.data = ABANDONED;
  socket.end();
  // A TLS socket would wait for the answer to its close_notify, perhaps for ever. No effect on one that is closed.
  socket.terminate();
}
