// What the command line hands to the commands.

/** Options of the server itself. */
export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly logFormat: "text" | "json";
  readonly adminHost?: string;
  readonly adminPort?: number;
  readonly allowedHosts?: readonly string[];
  readonly adminPasswordFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly resetAdmin?: boolean;
}

/** Options of `apirouter simulate`. */
export interface SimulateCliOptions {
  readonly port: number;
  readonly host: string;
  readonly format?: string;
  readonly scenario?: string;
  readonly replay?: string;
  readonly command?: string;
}

/** Where a command prints: a process stream, or a test's. */
export interface Writable {
  write(text: string): unknown;
}
