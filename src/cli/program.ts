// The command line: options, commands, help.

import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { ServeOptions, SimulateCliOptions, Writable } from "./options.ts";
import { COMMIT, VERSION } from "./version.ts";

export interface Program {
  /** Runs a command. Resolves with an exit code, or undefined when the process goes on serving. */
  run(args: readonly string[]): Promise<number | undefined>;
}

/** Builds the command line. Commands are loaded when they run, so that starting the server pays for nothing else. */
export function buildProgram(out: Writable, err: Writable): Program {
  let exitCode: number | undefined;
  const program = new Command("apirouter")
    .description(
      "LLM API gateway: any client protocol to any upstream, with fail-over.\n\nWithout a command it serves. Configuration and request log are in the data folder.",
    )
    .version(COMMIT ? `${VERSION} (${COMMIT})` : VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addOption(portOption(1999))
    .addOption(new Option("--host <HOST>", "address to listen on").default("0.0.0.0"))
    .addOption(new Option("--data-dir <DIR>", "folder of configuration, log and keys").default("./data"))
    .addOption(
      new Option("--log-format <FORMAT>", "console log: lines for people or JSON")
        .choices(["text", "json"])
        .default("text"),
    )
    .addOption(
      new Option("--admin-port <PORT>", "another port for console and admin API (default: the same)").argParser(
        parsePort,
      ),
    )
    .option("--admin-host <HOST>", "another address for console and admin API (default: the same)")
    .addOption(
      new Option("--allowed-hosts <NAMES>", "further host names of console and admin API, comma-separated").argParser(
        parseNames,
      ),
    )
    .option("--admin-password-file <FILE>", "password of a fresh installation (or APIROUTER_ADMIN_PASSWORD)")
    .option("--tls-cert <FILE>", "certificate chain as PEM; serves https instead of http")
    .option("--tls-key <FILE>", "the certificate's private key as PEM")
    .option("--reset-admin", "forget the administrator's password and sessions, then exit")
    .showHelpAfterError("(see apirouter --help)")
    .showSuggestionAfterError(true)
    .allowExcessArguments(false)
    // So that `simulate --port` is the command's own option, not the server's.
    .enablePositionalOptions()
    .configureOutput({ writeOut: (text) => void out.write(text), writeErr: (text) => void err.write(text) })
    .exitOverride()
    .action(async (options: ServeOptions) => {
      const { serve } = await import("./commands/serve.ts");
      exitCode = await serve(options, out, err);
    });

  program
    .command("simulate")
    .description("run a simulated upstream that speaks all four formats, for trying things out without a key")
    .addOption(portOption(0))
    .addOption(new Option("--host <HOST>", "address to listen on").default("127.0.0.1"))
    .addOption(
      new Option("--format <FORMAT>", "serve one format only").choices([
        "anthropic",
        "openai-chat",
        "openai-responses",
        "gemini",
      ]),
    )
    .option("--scenario <NAME>", "how it behaves: agent, text, tools, thinking, failing, flaky, slow, …")
    .option("--replay <FILE>", "answer with a recorded exchange")
    .option("--command <SHELL>", "shell command that the agent scenario asks for")
    .action(async (options: SimulateCliOptions) => {
      const { simulate } = await import("./commands/simulate.ts");
      exitCode = await simulate(options, out, err);
    });

  program
    .command("demo")
    .description("start a gateway with two simulated upstreams, of which the first fails, and show one request")
    .action(async () => {
      const { demo } = await import("./commands/demo.ts");
      exitCode = await demo(out);
    });

  program
    .command("check")
    .description("tell what is wrong or odd with the configuration, without starting anything")
    .addOption(dataDirOption())
    .action(async (_options: object, command: Command) => {
      const { check } = await import("./commands/check.ts");
      exitCode = await check(dataDirOf(command), out, err);
    });

  const config = program.command("config").description("earlier configurations: list, compare, roll back");
  config
    .command("log")
    .description("list the configurations that held, newest first")
    .addOption(dataDirOption())
    .action(async (_options: object, command: Command) => {
      const { configLog } = await import("./commands/config.ts");
      exitCode = await configLog(dataDirOf(command), out, err);
    });
  config
    .command("diff")
    .description("show what has changed since a configuration; secrets masked")
    .argument("<ID>", "as config log shows it, or its number there")
    .option("--previous", "show what changed with it instead")
    .addOption(dataDirOption())
    .action(async (id: string, options: { readonly previous?: boolean }, command: Command) => {
      const { configDiff } = await import("./commands/config.ts");
      exitCode = await configDiff(dataDirOf(command), { id, isPrevious: options.previous === true }, out, err);
    });
  config
    .command("rollback")
    .description("make an earlier configuration hold again; a running server takes it up by itself")
    .argument("<ID>", "as config log shows it, or its number there")
    .addOption(dataDirOption())
    .action(async (id: string, _options: object, command: Command) => {
      const { configRollback } = await import("./commands/config.ts");
      exitCode = await configRollback(dataDirOf(command), id, out, err);
    });

  return {
    async run(args) {
      try {
        await program.parseAsync([...args], { from: "user" });
        return exitCode;
      } catch (error) {
        if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
        throw error;
      }
    },
  };
}

/** Without a default, so that the one before the command counts. */
function dataDirOption(): Option {
  return new Option("--data-dir <DIR>", "folder of configuration, log and keys (default: ./data)");
}

function dataDirOf(command: Command): string {
  const own: unknown = command.opts()["dataDir"];
  return typeof own === "string" ? own : String(command.optsWithGlobals()["dataDir"]);
}

function portOption(fallback: number): Option {
  return new Option("-p, --port <PORT>", fallback === 0 ? "port to listen on (0: any free one)" : "port to listen on")
    .default(fallback)
    .argParser(parsePort);
}

function parseNames(text: string): string[] {
  const names = text
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  const wrong = names.find((name) => !/^(?:\*\.)?[a-z0-9._-]{1,253}$/.test(name));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`expected host names without ports, found ${JSON.stringify(wrong.slice(0, 100))}`);
  return names;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError(`expected a number from 0 to 65535, found ${JSON.stringify(text)}`);
  return port;
}
