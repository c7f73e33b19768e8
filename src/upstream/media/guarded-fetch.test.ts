import { afterEach, describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Lookup } from "../http1/resolve-host.ts";
import {
  answerWith,
  counted,
  listenTls,
  onRequests,
  type ScriptedServer,
  TEST_CA,
  testCertificate,
  until,
} from "../http1/test-support.ts";
import { createGuardedFetcher, type GuardedFetcherOptions } from "./guarded-fetch.ts";
import type { MediaError, MediaRequest, MediaResult } from "./media-fetcher.ts";

const PNG = Buffer.from(`\x89PNG\r\n\x1a\n${"pixels ".repeat(50)}`, "latin1");
const PDF = Buffer.from(`%PDF-1.7\n${"page ".repeat(50)}`, "latin1");
const PNG_RESULT: MediaResult = {
  ok: true,
  mediaType: "image/png",
  base64: PNG.toString("base64"),
  bytes: PNG.length,
};

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function serve(
  onConnection: (socket: Socket, index: number) => void,
  certificate: "localhost" | "expired" | "wrong-name" = "localhost",
): Promise<ScriptedServer> {
  const server = await listenTls(testCertificate(certificate), onConnection);
  cleanups.push(() => server[Symbol.asyncDispose]());
  return server;
}

/** Counts the connections to another loopback address on a port in use at 127.0.0.1. */
async function trap(address: string, port: number): Promise<{ readonly connections: number }> {
  const seen = { connections: 0 };
  const server = createTlsServer(testCertificate("localhost"), (socket) => answerWith(socket, file(PNG)));
  server.on("connection", () => {
    seen.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  cleanups.push(() => server.close());
  return seen;
}

function file(body: Buffer, headers = "content-type: image/png\r\n", status = "200 OK"): Buffer {
  const head = `HTTP/1.1 ${status}\r\n${headers}content-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}

/** A resolver that gives one answer after the other, the last one for ever. */
function answering(...answers: readonly (readonly string[])[]): { lookup: Lookup; asked: string[] } {
  const asked: string[] = [];
  const lookup: Lookup = (hostname, done) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push(hostname);
    queueMicrotask(() => done(null, answer));
  };
  return { lookup, asked };
}

interface FetchOptions extends Partial<MediaRequest> {
  readonly fetcher?: GuardedFetcherOptions;
  readonly signal?: AbortSignal;
}

/** Fetches with the allowance for a loopback server. */
function fetchFrom(server: ScriptedServer, options: FetchOptions = {}): Promise<MediaResult> {
  const { fetcher: over, signal = new AbortController().signal, ...request } = options;
  const fetcher = createGuardedFetcher({
    lookup: answering(["127.0.0.1"]).lookup,
    ca: TEST_CA,
    testAllowance: { names: ["localhost"], addresses: ["127.0.0.1"], port: server.port },
    ...over,
  });
  const url = `https://localhost:${server.port}/pic.png`;
  return fetcher.fetch({ url, kind: "image", maxBytes: 100_000, timeoutMs: 5_000, ...request }, signal);
}

function failure(error: MediaError): MediaResult {
  return { ok: false, error };
}

test("a file comes as base64 with the type that its bytes prove", async () => {
  const server = await serve((socket) => answerWith(socket, file(PNG, "content-type: image/jpeg; q=1\r\n")));
  expect(await fetchFrom(server)).toEqual(PNG_RESULT);
});

test("a PDF is fetched for a document and refused for an image", async () => {
  const server = await serve((socket) => answerWith(socket, file(PDF, "content-type: application/pdf\r\n")));
  expect(await fetchFrom(server, { kind: "document" })).toMatchObject({ ok: true, mediaType: "application/pdf" });
  expect(await fetchFrom(server)).toEqual(failure("wrong-type"));
});

test("the request carries the path, the host and nothing of anybody's", async () => {
  const heads: string[] = [];
  const server = await serve((socket) => {
    onRequests(socket, (head) => {
      heads.push(head);
      socket.write(file(PNG, "content-type: image/png\r\nset-cookie: a=b\r\n"));
    });
  });
  const url = `https://localhost.:${server.port}/a%20b/ü.png?size=2&x=%0d%0a#part`;
  expect(await fetchFrom(server, { url })).toEqual(PNG_RESULT);
  expect(await fetchFrom(server, { url })).toEqual(PNG_RESULT);
  const expected = [
    "GET /a%20b/%C3%BC.png?size=2&x=%0d%0a HTTP/1.1",
    `host: localhost:${server.port}`,
    "accept: image/*",
    "user-agent: apirouter",
    "accept-encoding: identity",
    "connection: keep-alive",
  ].join("\r\n");
  expect(heads).toEqual([expected, expected]);
});

test("every file has its own connection, closed when it is there", async () => {
  const server = await serve((socket) => answerWith(socket, file(PNG)));
  await fetchFrom(server);
  await fetchFrom(server);
  expect(server.sockets).toHaveLength(2);
  await until(() => server.sockets.every((socket) => socket.destroyed), "both connections are closed");
});

test("chunks, a body up to the close, and a body in tiny pieces are put together", async () => {
  const chunked = [...PNG].map((byte) => Buffer.from([0x31, 0x0d, 0x0a, byte, 0x0d, 0x0a]));
  const server = await serve((socket, index) => {
    onRequests(socket, () => {
      const head = "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n";
      if (index === 0) {
        socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
        socket.write(Buffer.concat([...chunked, Buffer.from("0\r\n\r\n")]));
      } else {
        socket.write(`${head}\r\n`);
        socket.end(PNG);
      }
    });
  });
  expect(await fetchFrom(server)).toEqual(PNG_RESULT);
  expect(await fetchFrom(server)).toEqual(PNG_RESULT);
});

test("environment proxies are not used", async () => {
  const server = await serve((socket) => answerWith(socket, file(PNG)));
  const proxy = await serve((socket) => socket.destroy());
  const names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"];
  const before = names.map((name) => process.env[name]);
  cleanups.push(() => {
    for (const [index, name] of names.entries()) {
      if (before[index] === undefined) delete process.env[name];
      else process.env[name] = before[index];
    }
  });
  for (const name of names) process.env[name] = `http://127.0.0.1:${proxy.port}`;
  expect(await fetchFrom(server)).toEqual(PNG_RESULT);
  expect(proxy.sockets).toHaveLength(0);
});

describe("answers that are refused", () => {
  const html = Buffer.from("<!doctype html><title>Console</title>");
  const png = "content-type: image/png\r\n";
  const table: readonly { name: string; answer: Buffer; error: MediaError }[] = [
    { name: "HTML", answer: file(html, "content-type: text/html\r\n"), error: "wrong-type" },
    { name: "HTML that pretends to be an image", answer: file(html, png), error: "wrong-type" },
    {
      name: "an image that pretends to be HTML",
      answer: file(PNG, "content-type: text/html\r\n"),
      error: "wrong-type",
    },
    { name: "JSON as image", answer: file(Buffer.from('{"Token":"x"}'), png), error: "wrong-type" },
    { name: "SVG", answer: file(Buffer.from("<svg/>"), "content-type: image/svg+xml\r\n"), error: "wrong-type" },
    { name: "no content type", answer: file(PNG, ""), error: "wrong-type" },
    { name: "two content types", answer: file(PNG, `${png}content-type: text/html\r\n`), error: "wrong-type" },
    { name: "an empty body", answer: file(Buffer.alloc(0), png), error: "wrong-type" },
    { name: "a compressed body", answer: file(PNG, `${png}content-encoding: gzip\r\n`), error: "wrong-type" },
    { name: "not found", answer: file(PNG, png, "404 Not Found"), error: "bad-status" },
    { name: "a part", answer: file(PNG, png, "206 Partial Content"), error: "bad-status" },
    { name: "no content", answer: Buffer.from("HTTP/1.1 204 No Content\r\n\r\n"), error: "bad-status" },
    { name: "no HTTP", answer: Buffer.from("+PONG\r\n+PONG\r\n"), error: "broken-answer" },
    {
      name: "an announced length beyond the limit, before any of it comes",
      answer: Buffer.from(`HTTP/1.1 200 OK\r\n${png}content-length: 100001\r\n\r\n`),
      error: "too-large",
    },
  ];
  for (const { name, answer, error } of table) {
    test(name, async () => {
      const server = await serve((socket) => answerWith(socket, answer));
      expect(await fetchFrom(server)).toEqual(failure(error));
      await until(() => server.sockets[0]?.destroyed === true, "the connection is closed");
    });
  }

  test("a body that breaks off", async () => {
    const server = await serve((socket) => onRequests(socket, () => socket.end(file(PNG).subarray(0, -1))));
    expect(await fetchFrom(server)).toEqual(failure("broken-answer"));
  });

  test("a body without announced length that grows beyond the limit, as soon as it does", async () => {
    const server = await serve((socket) => {
      onRequests(socket, () => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ntransfer-encoding: chunked\r\n\r\n");
        socket.write(
          Buffer.concat([Buffer.from("3e9\r\n"), PNG, Buffer.alloc(0x3e9 - PNG.length), Buffer.from("\r\n")]),
        );
      });
    });
    expect(await fetchFrom(server, { maxBytes: 1000 })).toEqual(failure("too-large"));
    await until(() => server.sockets[0]?.destroyed === true, "the connection is closed");
  });

  test("not a file of exactly the limit", async () => {
    const server = await serve((socket) => answerWith(socket, file(PNG)));
    expect(await fetchFrom(server, { maxBytes: PNG.length })).toEqual(PNG_RESULT);
    expect(await fetchFrom(server, { maxBytes: PNG.length - 1 })).toEqual(failure("too-large"));
  });
});

describe("redirects are not followed (new-api CVE-2025-62155)", () => {
  for (const status of [
    "301 Moved",
    "302 Found",
    "303 See Other",
    "307 Temporary",
    "308 Permanent",
    "304 Not Modified",
  ]) {
    test(status, async () => {
      const target = await serve((socket) => answerWith(socket, file(PNG)));
      const head = `location: https://localhost:${target.port}/\r\ncontent-type: image/png\r\n`;
      const server = await serve((socket) => answerWith(socket, file(PNG, head, status)));
      expect(await fetchFrom(server)).toEqual(failure("redirect"));
      expect(target.sockets).toHaveLength(0);
      expect(server.sockets).toHaveLength(1);
    });
  }
});

describe("time and giving up", () => {
  test("a body that stops is given up after the time limit", async () => {
    const server = await serve((socket) => onRequests(socket, () => socket.write(file(PNG).subarray(0, -1))));
    expect(await fetchFrom(server, { timeoutMs: 150 })).toEqual(failure("timed-out"));
    await until(() => server.sockets[0]?.destroyed === true, "the connection is closed");
  });

  test("a body that drips is given up too: the limit is for the whole", async () => {
    const timers: Timer[] = [];
    cleanups.push(() => timers.forEach(clearInterval));
    const server = await serve((socket) => {
      onRequests(socket, () => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n");
        timers.push(setInterval(() => socket.write("x"), 10));
      });
    });
    expect(await fetchFrom(server, { timeoutMs: 200 })).toEqual(failure("timed-out"));
  });

  test("a server that never answers is given up", async () => {
    const server = await serve(() => undefined);
    expect(await fetchFrom(server, { timeoutMs: 100 })).toEqual(failure("timed-out"));
  });

  test("a resolver that never answers is given up", async () => {
    const server = await serve(() => undefined);
    const lookup: Lookup = () => undefined;
    expect(await fetchFrom(server, { timeoutMs: 50, fetcher: { lookup } })).toEqual(failure("timed-out"));
  });

  test("a resolver that answers too late opens no connection", async () => {
    const server = await serve((socket) => answerWith(socket, file(PNG)));
    let answer: () => void = () => undefined;
    const lookup: Lookup = (_hostname, done) => {
      answer = () => done(null, ["127.0.0.1"]);
    };
    expect(
      await fetchFrom(server, {
        timeoutMs: 20,
        fetcher: { lookup, testAllowance: { names: ["localhost"], addresses: ["127.0.0.1"], port: server.port } },
      }),
    ).toEqual(failure("timed-out"));
    answer();
    expect(await fetchFrom(server)).toEqual(PNG_RESULT);
    expect(server.sockets).toHaveLength(1);
  });

  test("an abort ends it at once and closes the connection", async () => {
    const controller = new AbortController();
    const server = await serve((socket) => {
      onRequests(socket, () => {
        socket.write(file(PNG).subarray(0, -1));
        controller.abort();
      });
    });
    expect(await fetchFrom(server, { signal: controller.signal })).toEqual(failure("aborted"));
    await until(() => server.sockets[0]?.destroyed === true, "the connection is closed");
  });

  test("nothing is started for a signal that has been given", async () => {
    const server = await serve(() => undefined);
    const { lookup, asked } = answering(["127.0.0.1"]);
    expect(await fetchFrom(server, { signal: AbortSignal.abort(), fetcher: { lookup } })).toEqual(failure("aborted"));
    expect(asked).toEqual([]);
  });
});

describe("certificates", () => {
  for (const certificate of ["expired", "wrong-name"] as const) {
    test(`${certificate} is refused, and no request is sent`, async () => {
      const requests: string[] = [];
      const server = await serve((socket) => onRequests(socket, (head) => requests.push(head)), certificate);
      expect(await fetchFrom(server)).toEqual(failure("tls-failed"));
      expect(requests).toEqual([]);
    });
  }

  test("an unknown authority is refused", async () => {
    const server = await serve((socket) => answerWith(socket, file(PNG)));
    const testAllowance = { names: ["localhost"], addresses: ["127.0.0.1"], port: server.port };
    const fetcher = createGuardedFetcher({ lookup: answering(["127.0.0.1"]).lookup, testAllowance });
    const request = {
      url: `https://localhost:${server.port}/`,
      kind: "image",
      maxBytes: 1000,
      timeoutMs: 5000,
    } as const;
    expect(await fetcher.fetch(request, new AbortController().signal)).toEqual(failure("tls-failed"));
  });

  test("the certificate is for the name in the URL, which is also the SNI, not for the address", async () => {
    const names: unknown[] = [];
    const server = await serve((socket) => {
      names.push((socket as Socket & { servername?: unknown }).servername);
      answerWith(socket, file(PNG));
    });
    const testAllowance = { names: ["localhost"], addresses: ["127.0.0.1"], port: server.port };
    expect(await fetchFrom(server, { fetcher: { testAllowance } })).toEqual(PNG_RESULT);
    const url = `https://media.example:${server.port}/`;
    expect(await fetchFrom(server, { url, fetcher: { testAllowance } })).toEqual(failure("tls-failed"));
    expect(names[0]).toBe("localhost");
  });

  test("plain HTTP behind an https URL is refused", async () => {
    const server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (socket) => {
          socket.end(counted("x"));
        },
      },
    });
    cleanups.push(() => server.stop(true));
    const result = await fetchFrom({ port: server.port } as ScriptedServer);
    expect(result).toEqual(failure("tls-failed"));
  });
});

describe("names", () => {
  test("a name that changes its address after the check is fetched from the checked one", async () => {
    const server = await serve((socket) => answerWith(socket, file(PNG)));
    const other = await trap("127.0.0.2", server.port);
    const { lookup, asked } = answering(["127.0.0.1"], ["127.0.0.2"]);
    const testAllowance = { names: ["localhost"], addresses: ["127.0.0.1", "127.0.0.2"], port: server.port };
    expect(await fetchFrom(server, { fetcher: { lookup, testAllowance } })).toEqual(PNG_RESULT);
    expect(asked).toEqual(["localhost"]);
    expect(server.sockets).toHaveLength(1);
    expect(other.connections).toBe(0);
  });

  test("rebinding between two fetches is caught by the second one", async () => {
    const server = await serve((socket) => answerWith(socket, file(PNG)));
    const other = await trap("127.0.0.2", server.port);
    const { lookup } = answering(["127.0.0.1"], ["127.0.0.2"]);
    expect(await fetchFrom(server, { fetcher: { lookup } })).toEqual(PNG_RESULT);
    expect(await fetchFrom(server, { fetcher: { lookup } })).toEqual(failure("not-public"));
    expect(other.connections).toBe(0);
  });

  test("one address that is not public refuses the name, in whatever place it comes", async () => {
    for (const answer of [
      ["127.0.0.1", "127.0.0.2"],
      ["127.0.0.2", "127.0.0.1"],
      ["127.0.0.1", "::ffff:127.0.0.1"],
    ]) {
      const server = await serve((socket) => answerWith(socket, file(PNG)));
      const other = await trap("127.0.0.2", server.port);
      const { lookup } = answering(answer);
      expect(await fetchFrom(server, { fetcher: { lookup } })).toEqual(failure("not-public"));
      expect([server.sockets.length, other.connections]).toEqual([0, 0]);
    }
  });

  test("a connection that ends up elsewhere than at a checked address gets no request", async () => {
    const requests: string[] = [];
    const server = await serve((socket) => onRequests(socket, (head) => requests.push(head)));
    // A resolver that answers with a name, which the system resolves once more.
    const { lookup } = answering(["localhost"]);
    const testAllowance = { names: ["localhost"], addresses: ["localhost"], port: server.port };
    expect(await fetchFrom(server, { fetcher: { lookup, testAllowance } })).toEqual(failure("not-public"));
    expect(requests).toEqual([]);
  });

  test("of many addresses two are tried", async () => {
    const server = await serve((socket) => answerWith(socket, file(PNG)));
    // Nobody listens at the others.
    const silent = ["127.0.0.3", "127.0.0.4"];
    const testAllowance = { names: ["localhost"], addresses: ["127.0.0.1", ...silent], port: server.port };
    const second = answering(["127.0.0.3", "127.0.0.1", "127.0.0.4"]).lookup;
    expect(await fetchFrom(server, { fetcher: { lookup: second, testAllowance } })).toEqual(PNG_RESULT);
    const third = answering([...silent, "127.0.0.1"]).lookup;
    expect(await fetchFrom(server, { fetcher: { lookup: third, testAllowance } })).toEqual(failure("connect-failed"));
    expect(server.sockets).toHaveLength(1);
  });

  test("a name without address or with an error is unknown", async () => {
    const server = await serve(() => undefined);
    const broken: Lookup = (_hostname, done) => done(new Error("ENOTFOUND"), []);
    for (const lookup of [answering([]).lookup, broken]) {
      expect(await fetchFrom(server, { fetcher: { lookup } })).toEqual(failure("name-unknown"));
    }
  });

  test("a port where nobody listens is said so", async () => {
    const server = await listenTls(testCertificate("localhost"), () => undefined);
    await server[Symbol.asyncDispose]();
    expect(await fetchFrom(server)).toEqual(failure("connect-failed"));
  });
});

describe("without the allowance of a test no name reaches an address that is not public", () => {
  const addresses = [
    ...["127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "100.64.0.1", "169.254.169.254", "172.20.0.1", "192.0.0.8"],
    ...["192.168.0.10", "198.19.0.1", "203.0.113.7", "224.0.0.251", "255.255.255.255", "168.63.129.16"],
    ...["::", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"],
    ...[
      "2001::1",
      "2001:db8::1",
      "2002:7f00:1::",
      "3fff::1",
      "fc00::1",
      "fd00:ec2::254",
      "fe80::1",
      "fec0::1",
      "ff02::1",
    ],
    ...["0x7f.1", "2130706433", "0177.0.0.1", "localhost", "fe80::1%lo", ""],
  ];
  for (const address of addresses) {
    test(JSON.stringify(address), async () => {
      const { lookup, asked } = answering([address], ["93.184.216.34"]);
      const fetcher = createGuardedFetcher({ lookup, ca: TEST_CA });
      const request = {
        url: "https://unresolved.example/x.png",
        kind: "image",
        maxBytes: 1000,
        timeoutMs: 5000,
      } as const;
      expect(await fetcher.fetch(request, new AbortController().signal)).toEqual(failure("not-public"));
      expect(asked).toEqual(["unresolved.example"]);
    });
  }

  test("and a URL with such an address does not either, on a port where a server listens", async () => {
    const server = await serve((socket) => answerWith(socket, file(PNG)));
    const { lookup, asked } = answering(["127.0.0.1"]);
    const fetcher = createGuardedFetcher({ lookup, ca: TEST_CA });
    for (const host of [
      "127.0.0.1",
      "2130706433",
      "0x7f.1",
      "0177.1",
      "[::ffff:7f00:1]",
      "localhost",
      "0",
      "127.0.0.1.",
    ]) {
      const request = {
        url: `https://${host}:${server.port}/`,
        kind: "image",
        maxBytes: 1000,
        timeoutMs: 500,
      } as const;
      expect(await fetcher.fetch(request, new AbortController().signal)).toEqual(failure("not-public"));
    }
    expect(asked).toEqual([]);
    expect(server.sockets).toHaveLength(0);
  });
});

test("no more than 64 files are under way at once, and the next ones can start when those are done", async () => {
  const answers: (() => void)[] = [];
  const lookup: Lookup = (_hostname, done) => answers.push(() => done(new Error("gone"), []));
  const fetcher = createGuardedFetcher({ lookup });
  const signal = new AbortController().signal;
  const start = (index: number) =>
    fetcher.fetch({ url: `https://n${index}.example/`, kind: "image", maxBytes: 1000, timeoutMs: 5000 }, signal);
  const first = Array.from({ length: 64 }, (_, index) => start(index));
  expect(await start(64)).toEqual(failure("busy"));
  for (const answer of answers.splice(0)) answer();
  expect(await Promise.all(first)).toEqual(first.map(() => failure("name-unknown")));
  const next = start(65);
  for (const answer of answers.splice(0)) answer();
  expect(await next).toEqual(failure("name-unknown"));
});
