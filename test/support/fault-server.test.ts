import { afterEach, expect, test } from "bun:test";
import { type FaultScript, type FaultServer, startFaultServer } from "./fault-server.ts";
import { rawExchange, rawRequest, splitAnswer } from "./raw-client.ts";

let server: FaultServer | undefined;
afterEach(() => server?.stop());

function start(script: FaultScript): FaultServer {
  server = startFaultServer(script);
  return server;
}

const REQUEST = rawRequest("/v1/messages", { model: "m" });

test("performs receive, write, chunk and fin in order", async () => {
  const { port, connections } = start(() => [
    { recv: "body" },
    { write: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" },
    { chunk: "hällo" },
    { delay: 10 },
    { chunk: " world" },
    { chunk: "" },
    { fin: true },
  ]);
  const answer = await rawExchange(port, REQUEST);
  expect(answer.ended).toBe("fin");
  expect(splitAnswer(answer)).toMatchObject({ status: 200, body: "hällo world", isWhole: true });
  expect(connections[0]).toMatchObject({
    number: 0,
    received: REQUEST,
    bytesSent: answer.bytes.length,
    closedEarly: false,
  });
});

test("rst resets after what was written", async () => {
  const { port } = start(() => [{ recv: "headers" }, { write: "HTTP/1.1 200 OK\r\n" }, { delay: 10 }, { rst: true }]);
  expect(await rawExchange(port, REQUEST)).toMatchObject({ text: "HTTP/1.1 200 OK\r\n", ended: "rst" });
});

test("a connection can end before anything is received", async () => {
  const { port, requestCount } = start(() => [{ rst: true }]);
  expect((await rawExchange(port, REQUEST)).text).toBe("");
  expect(requestCount).toBe(0);
});

test("slice writes the bytes one by one", async () => {
  const { port } = start(() => [{ recv: "headers" }, { write: "0123456789", slice: 1 }, { fin: true }]);
  const answer = await rawExchange(port, REQUEST);
  expect(answer.text).toBe("0123456789");
  expect(answer.reads.length).toBeGreaterThan(3);
});

test("stall holds the connection until the client leaves, and the ledger says so", async () => {
  const { port, connections } = start(() => [{ recv: "headers" }, { stall: true }]);
  expect((await rawExchange(port, REQUEST, { timeoutMs: 40 })).ended).toBe("open");
  await Bun.sleep(20);
  expect(connections[0]?.closedEarly).toBe(true);
  expect(connections[0]?.closedAt).toBeNumber();
});

test("every connection has its own script, and one connection can carry several requests", async () => {
  const reply = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n";
  const running = start((n) => [
    { recv: "body" },
    { write: `${reply}${n}a` },
    { recv: "body" },
    { write: `${reply}${n}b` },
    { fin: true },
  ]);
  const first = await rawExchange(running.port, REQUEST + REQUEST);
  const second = await rawExchange(running.port, REQUEST + REQUEST);
  expect(first.text).toBe(`${reply}0a${reply}0b`);
  expect(second.text).toBe(`${reply}1a${reply}1b`);
  expect(running.requestCount).toBe(4);
});

test("large writes wait for a slow reader", async () => {
  const size = 8_000_000;
  const { port, connections } = start(() => [{ recv: "headers" }, { write: Buffer.alloc(size, "x") }, { fin: true }]);
  const answer = await rawExchange(port, REQUEST, { timeoutMs: 8000 });
  expect(answer.bytes.length).toBe(size);
  expect(connections[0]?.bytesSent).toBe(size);
});
