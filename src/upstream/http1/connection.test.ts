// Writing against a socket that takes little at a time; everything else is tested over real sockets.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Connection, type ConnectionUser } from "./connection.ts";
import type { OwnedSocket } from "./socket-owner.ts";

/** Takes as many bytes per write as the script says, then none until it is drained. */
function stingySocket(script: readonly number[]) {
  const taken: Buffer[] = [];
  let turn = 0;
  let room = script[0]!;
  const socket = {
    data: null,
    pause: () => undefined,
    resume: () => undefined,
    end: () => 0,
    terminate: () => undefined,
    write(bytes: Uint8Array, offset = 0, length = bytes.length - offset): number {
      const count = Math.min(room, length);
      taken.push(Buffer.from(bytes.subarray(offset, offset + count)));
      room -= count;
      return count;
    },
  };
  const drain = () => {
    turn += 1;
    room = script[turn % script.length]!;
  };
  return { socket: socket as unknown as OwnedSocket, taken: () => Buffer.concat(taken), drain };
}

const home = { connectionFree: () => undefined, connectionGone: () => undefined };
const user: ConnectionUser = {
  responseHead: () => undefined,
  responseData: () => undefined,
  responseEnd: () => undefined,
  connectionLost: () => undefined,
};

describe("connection", () => {
  test("writes head and body once and in order, however little each write takes", () => {
    const arbitrary = fc.record({
      headBytes: fc.integer({ min: 1, max: 200 }),
      body: fc.option(fc.uint8Array({ maxLength: 400 })),
      script: fc
        .array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 8 })
        .filter((s) => s.some((n) => n > 0)),
    });
    fc.assert(
      fc.property(arbitrary, ({ headBytes, body, script }) => {
        const { socket, taken, drain } = stingySocket(script);
        const scratch = Buffer.alloc(100);
        const connection = new Connection("k", socket, home, scratch);
        const head = Array.from({ length: headBytes }, (_, i) => String.fromCharCode(i)).join("");
        const expected = Buffer.concat([Buffer.from(head, "latin1"), body ?? Buffer.alloc(0)]);
        expect(connection.start(user, head, body, false)).toBe(true);
        expect(connection.hasSent).toBe(taken().length > 0);
        // The scratch buffer belongs to the next connection as soon as `start` has returned.
        scratch.fill(0xee);
        for (let i = 0; i < 6000 && taken().length < expected.length; i++) {
          drain();
          connection.socketDrained();
        }
        drain();
        connection.socketDrained();
        expect(taken().equals(expected)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("says so when the socket is closed already", () => {
    const { socket } = stingySocket([0]);
    socket.write = () => -1;
    const connection = new Connection("k", socket, home, Buffer.alloc(100));
    expect(connection.start(user, "GET", null, false)).toBe(false);
    expect(connection.hasSent).toBe(false);
  });
});
