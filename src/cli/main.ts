// The program: parses the command line and runs a command. Exit codes: 0 done, 1 failed, 2 wrong usage.

import { buildProgram } from "./program.ts";

const code = await buildProgram(process.stdout, process.stderr).run(process.argv.slice(2));
// A server keeps the process alive by itself; only a finished command exits here.
if (code !== undefined) process.exit(code);
