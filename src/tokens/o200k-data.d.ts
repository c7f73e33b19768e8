// The vocabulary file comes as a path: beside the sources in development, inside the binary once compiled.

declare module "gpt-tokenizer/data/o200k_base.tiktoken" {
  const path: string;

  export = path;
}
