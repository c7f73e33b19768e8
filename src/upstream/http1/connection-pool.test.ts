import { describe, expect, test } from "bun:test";
import { Connection } from "./connection.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { SOCKET_HANDLERS, type SocketOwner } from "./socket-owner.ts";
import { listenRaw, type ScriptedServer, until } from "./test-support.ts";

function poolWith(maxIdle: number) {
  const time = { nowMs: 0 };
  const clock = { monotonicMs: () => time.nowMs, wallMs: () => time.nowMs };
  return { pool: new ConnectionPool({ clock, maxIdle, idleTimeoutMs: 1_000 }), time };
}

async function connected(pool: ConnectionPool, server: ScriptedServer, key = "k"): Promise<Connection> {
  const target = { hostname: "127.0.0.1", port: server.port, data: {}, socket: SOCKET_HANDLERS };
  const socket = await Bun.connect<SocketOwner>(target);
  return new Connection(key, socket, pool, Buffer.alloc(64));
}

const open = (server: ScriptedServer) => server.sockets.filter((socket) => !socket.destroyed).length;

describe("connection pool", () => {
  test("gives out the connection used last, and only under its own key", async () => {
    await using server = await listenRaw((socket) => socket.resume());
    const { pool } = poolWith(9);
    const first = await connected(pool, server);
    const second = await connected(pool, server);
    pool.connectionFree(first);
    pool.connectionFree(second);
    expect(pool.take("other")).toBeNull();
    expect(pool.take("k")).toBe(second);
    expect(pool.take("k")).toBe(first);
    expect(pool.take("k")).toBeNull();
    first.close();
    second.close();
  });

  test("closes the oldest beyond its limit", async () => {
    await using server = await listenRaw((socket) => socket.resume());
    const { pool } = poolWith(2);
    const all = [await connected(pool, server), await connected(pool, server), await connected(pool, server)];
    for (const connection of all) pool.connectionFree(connection);
    expect(pool.idleCount).toBe(2);
    await until(() => server.sockets.length === 3 && open(server) === 2, "one was closed");
    expect([pool.take("k"), pool.take("k")]).toEqual([all[2]!, all[1]!]);
    for (const connection of all) connection.close();
  });

  test("sweeps out what has been idle too long", async () => {
    await using server = await listenRaw((socket) => socket.resume());
    const { pool, time } = poolWith(9);
    pool.connectionFree(await connected(pool, server));
    time.nowMs = 600;
    pool.connectionFree(await connected(pool, server));
    time.nowMs = 1_000;
    pool.sweep();
    expect(pool.idleCount).toBe(1);
    await until(() => server.sockets.length === 2 && open(server) === 1, "one was closed");
    time.nowMs = 1_600;
    pool.sweep();
    expect(pool.idleCount).toBe(0);
    await until(() => open(server) === 0, "the other was closed too");
  });

  test("forgets a connection that the server closed", async () => {
    await using server = await listenRaw((socket) => socket.resume());
    const { pool } = poolWith(9);
    pool.connectionFree(await connected(pool, server));
    await until(() => server.sockets.length === 1, "the server has it");
    server.sockets[0]!.end();
    await until(() => pool.idleCount === 0, "it was dropped");
    expect(pool.take("k")).toBeNull();
  });

  test("closes everything at the end, and what becomes free after it", async () => {
    await using server = await listenRaw((socket) => socket.resume());
    const { pool } = poolWith(9);
    pool.connectionFree(await connected(pool, server, "a"));
    const late = await connected(pool, server, "b");
    pool.close();
    pool.connectionFree(late);
    expect(pool.idleCount).toBe(0);
    await until(() => server.sockets.length === 2 && open(server) === 0, "both were closed");
  });
});
