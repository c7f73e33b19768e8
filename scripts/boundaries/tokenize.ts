// Splits TypeScript source into the tokens the boundary checks look at. Comments, regular expressions and
// the text of templates are left out; code inside `${}` is kept. It does not build a syntax tree and does
// not judge whether the source is valid.

/** One token. `text` of a string is its content without the quotes, escapes as written. */
export interface Token {
  readonly type: "word" | "string" | "punctuation" | "literal";
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * Tokens of one source file, in order. Numbers, regular expressions and templates become one `literal`
 * token each (a template with `${}` gives one for its opening part, then the tokens of the code).
 * Never throws: an unterminated string, template or comment ends with the text.
 */
export function tokenize(source: string): Token[] {
  const scanner = new Scanner(source);
  scanner.run();
  return scanner.tokens;
}

// Behind these words a slash starts a regular expression, behind any other word it divides.
const WORDS_BEFORE_EXPRESSION = new Set(
  "return typeof instanceof in of new delete void throw case do else await yield export default extends".split(" "),
);

// Those whose single characters would mislead; any other punctuation is taken one character at a time.
const LONGER_PUNCTUATION = ["?.", "=>", "..."];
const WORD_START = /[\p{ID_Start}$_#@]/u;
const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /\d[\w.]*/y;
const LINE_BREAK = /\n/g;

class Scanner {
  readonly tokens: Token[] = [];
  private position = 0;
  private line = 1;
  // One entry per open brace: true when it is the `${` of a template.
  private readonly braces: boolean[] = [];

  constructor(private readonly source: string) {}

  run(): void {
    while (this.position < this.source.length) this.step();
  }

  private step(): void {
    const character = this.source[this.position]!;
    if (character.trim() === "") this.skip(1);
    else if (this.at("//") || this.at("#!")) this.skipTo("\n");
    else if (this.at("/*")) this.skipPast("*/", 2);
    else if (character === '"' || character === "'") this.string(character);
    else if (character === "`") this.template();
    else if (character === "/" && this.expressionMayStart()) this.regularExpression();
    else if (WORD_START.test(character) || character >= "\ud800") this.word();
    else if (character >= "0" && character <= "9") this.literal(this.match(NUMBER).length);
    else if (character === "}" && this.braces.pop() === true) this.template();
    else this.punctuation(character);
  }

  private at(text: string): boolean {
    return this.source.startsWith(text, this.position);
  }

  private word(): void {
    const text = this.match(WORD);
    if (text !== "") this.push("word", text);
    // A character that no word can start with, in a source that does not compile.
    this.skip(text.length || 1);
  }

  private string(quote: string): void {
    const end = this.endOfText(quote, this.position + 1);
    this.push("string", this.source.slice(this.position + 1, end));
    this.skip(end + 1 - this.position);
  }

  private regularExpression(): void {
    let inClass = false;
    let end = this.position + 1;
    for (; end < this.source.length; end++) {
      const character = this.source[end];
      if (character === "\\") end++;
      else if (character === "[") inClass = true;
      else if (character === "]") inClass = false;
      else if (character === "\n" || (character === "/" && !inClass)) break;
    }
    this.literal(end + 1 - this.position);
    this.skip(this.match(WORD).length);
  }

  // From a backtick or from the brace that closes `${}` to the next `${` or backtick.
  private template(): void {
    let end = this.position + 1;
    while (end < this.source.length && this.source[end] !== "`" && !this.source.startsWith("${", end)) {
      end += this.source[end] === "\\" ? 2 : 1;
    }
    const opensCode = this.source[end] === "$";
    this.literal(end + (opensCode ? 2 : 1) - this.position);
    if (opensCode) this.braces.push(true);
  }

  private punctuation(character: string): void {
    if (character === "{") this.braces.push(false);
    const text = LONGER_PUNCTUATION.find((longer) => this.at(longer)) ?? character;
    // An optional member is a member.
    this.push("punctuation", text === "?." ? "." : text);
    this.skip(text.length);
  }

  private expressionMayStart(): boolean {
    const last = this.tokens.at(-1);
    if (last === undefined) return true;
    if (last.type === "word") return WORDS_BEFORE_EXPRESSION.has(last.text);
    if (last.type !== "punctuation") return false;
    // Behind `}` a division is as rare as a regular expression; a block's end is the likelier case.
    return last.text !== ")" && last.text !== "]";
  }

  private endOfText(quote: string, from: number): number {
    let end = from;
    while (end < this.source.length && this.source[end] !== quote && this.source[end] !== "\n") {
      end += this.source[end] === "\\" ? 2 : 1;
    }
    return end;
  }

  private literal(length: number): void {
    this.push("literal", "");
    this.skip(length);
  }

  private push(type: Token["type"], text: string): void {
    this.tokens.push({ type, text, line: this.line });
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    return pattern.exec(this.source)?.[0] ?? "";
  }

  private skip(length: number): void {
    const skipped = this.source.slice(this.position, this.position + length);
    this.line += skipped.match(LINE_BREAK)?.length ?? 0;
    this.position += length;
  }

  private skipTo(text: string): void {
    const end = this.source.indexOf(text, this.position);
    this.skip((end < 0 ? this.source.length : end) - this.position);
  }

  private skipPast(text: string, from: number): void {
    const end = this.source.indexOf(text, this.position + from);
    this.skip((end < 0 ? this.source.length : end + text.length) - this.position);
  }
}
