// A gateway that cannot listen says which of its options to change.

import { expect, test } from "bun:test";
import { startGateway } from "../support/gateway.ts";

test("a port that is taken is named, and the option that named it", async () => {
  const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("other") });
  try {
    const inUse = `port ${other.port} on 127.0.0.1 is in use; stop the other program or choose another port with`;
    await expect(startGateway({ upstreams: [], app: { port: other.port as number } })).rejects.toThrow(
      `${inUse} --port`,
    );
    await expect(startGateway({ upstreams: [], app: { adminPort: other.port as number } })).rejects.toThrow(
      `${inUse} --admin-port`,
    );
  } finally {
    await other.stop(true);
  }
});

test.each([
  { host: "no-such-host.invalid", told: "no-such-host.invalid is no address of this machine" },
  { host: "300.1.1.1", told: "300.1.1.1 is no address of this machine" },
  { host: "192.0.2.1", told: "192.0.2.1 is no address of this machine" },
])("a host of $host is not called a port in use", async ({ host, told }) => {
  await expect(startGateway({ upstreams: [], app: { host } })).rejects.toThrow(`${told}; choose another with --host`);
  await expect(startGateway({ upstreams: [], app: { adminHost: host } })).rejects.toThrow(
    `${told}; choose another with --admin-host`,
  );
});
