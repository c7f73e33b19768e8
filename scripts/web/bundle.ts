// Bundles the console's scripts, style sheet and page.

import { join } from "node:path";
import type { BunPlugin } from "bun";
import { collectLicences } from "./licences.ts";
import { compileStyles } from "./styles.ts";

/** One file as the browser gets it, not compressed. */
export interface BuiltFile {
  /** Below `/admin-ui/`. */
  readonly path: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

const PUBLIC_PATH = "/admin-ui/assets/";

/** All files of the console. Throws Bun's AggregateError when a source does not compile. */
export async function bundleConsole(web: string): Promise<BuiltFile[]> {
  const [scripts, style] = await Promise.all([bundleScripts(web), bundleStyles(web)]);
  const icon = hashed("icon", "svg", await Bun.file(join(web, "icon.svg")).bytes(), "image/svg+xml");
  const licences: BuiltFile = {
    path: "assets/licences.txt",
    contentType: "text/plain; charset=utf-8",
    bytes: new TextEncoder().encode(await collectLicences(web)),
  };
  const html = fill(await Bun.file(join(web, "index.html")).text(), {
    BOOT: publicUrl(scripts.boot),
    MAIN: publicUrl(scripts.main),
    STYLE: publicUrl(style.path),
    ICON: publicUrl(icon.path),
  });
  const page: BuiltFile = {
    path: "index.html",
    contentType: "text/html; charset=utf-8",
    bytes: new TextEncoder().encode(html),
  };
  return [page, style, icon, licences, ...scripts.files];
}

async function bundleScripts(web: string): Promise<{ files: BuiltFile[]; main: string; boot: string }> {
  const outputs = await build([join(web, "src/main.tsx")], { splitting: true, plugins: [withoutStyleInjection(web)] });
  // Apart from the rest: it runs before the first paint and must not wait for any other file.
  const bootOutputs = await build([join(web, "src/boot.ts")], { format: "iife" });
  const all = await Promise.all([...outputs, ...bootOutputs].map(toFile));
  const named = (name: string) => {
    const found = all.find(({ path }) => path.startsWith(`assets/${name}-`));
    if (!found) throw new Error(`the bundle has no ${name}`);
    return found.path;
  };
  return { files: all, main: named("main"), boot: named("boot") };
}

async function bundleStyles(web: string): Promise<BuiltFile> {
  const path = join(web, "styles.css");
  const css = await compileStyles(web);
  const { outputs } = await Bun.build({ entrypoints: [path], files: { [path]: css }, minify: true });
  const [output] = outputs;
  if (!output) throw new Error("the style sheet came out empty");
  return hashed("style", "css", new Uint8Array(await output.arrayBuffer()), "text/css; charset=utf-8");
}

interface BuildOptions {
  readonly splitting?: boolean;
  readonly format?: "esm" | "iife";
  readonly plugins?: BunPlugin[];
}

async function build(entrypoints: string[], options: BuildOptions): Promise<Bun.BuildArtifact[]> {
  const { outputs } = await Bun.build({
    entrypoints,
    target: "browser",
    minify: true,
    splitting: options.splitting ?? false,
    format: options.format ?? "esm",
    plugins: options.plugins ?? [],
    naming: { entry: "[name]-[hash].[ext]", chunk: "[name]-[hash].[ext]", asset: "[name]-[hash].[ext]" },
    publicPath: PUBLIC_PATH,
    define: { "process.env.NODE_ENV": '"production"' },
  });
  return outputs;
}

/**
 * Puts our own scroll lock in place of the one that Radix brings along: that one writes a style element into the
 * page, which the content security policy forbids.
 */
function withoutStyleInjection(web: string): BunPlugin {
  return {
    name: "without-style-injection",
    setup(build) {
      build.onResolve({ filter: /^react-remove-scroll$/ }, () => ({ path: join(web, "src/ui/remove-scroll.tsx") }));
    },
  };
}

async function toFile(output: Bun.BuildArtifact): Promise<BuiltFile> {
  return {
    path: `assets/${output.path.split("/").pop()}`,
    contentType: "text/javascript; charset=utf-8",
    bytes: new Uint8Array(await output.arrayBuffer()),
  };
}

function hashed(name: string, extension: string, bytes: Uint8Array, contentType: string): BuiltFile {
  const hash = new Bun.CryptoHasher("sha256").update(bytes).digest("hex").slice(0, 8);
  return { path: `assets/${name}-${hash}.${extension}`, contentType, bytes };
}

function publicUrl(path: string): string {
  return `/admin-ui/${path}`;
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/%([A-Z]+)%/g, (match, name: string) => values[name] ?? match);
}
