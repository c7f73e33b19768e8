// What upstreams have shown of themselves by refusing a field that others of their format take: such a request is made
// once more without it, and later ones begin without it.

import type { UpstreamConfig } from "../config/config.ts";
import type { UpstreamQuirks } from "../core/upstream-quirks.ts";
import { asBuffer } from "../lib/as-buffer.ts";
import type { RefusedField } from "../upstream/refused-field.ts";

const NOTHING: readonly RefusedField[] = [];

/** One per process. What is known of an upstream goes when its configuration does. */
export class LearntQuirks {
  readonly #known = new WeakMap<UpstreamConfig, readonly RefusedField[]>();

  /** What is known of an upstream now; the list does not change. */
  known(upstream: UpstreamConfig): readonly RefusedField[] {
    return this.#known.get(upstream) ?? NOTHING;
  }

  /** Takes in a refusal, once. */
  learn(upstream: UpstreamConfig, refused: RefusedField): void {
    const known = this.known(upstream);
    if (!known.includes(refused)) this.#known.set(upstream, [...known, refused]);
  }

  /** Takes back what has turned out not to be so. */
  forget(upstream: UpstreamConfig, mistaken: readonly RefusedField[]): void {
    const left = this.known(upstream).filter((refused) => !mistaken.includes(refused));
    if (left.length > 0) this.#known.set(upstream, left);
    else this.#known.delete(upstream);
  }

  /** The configured switches with what was learnt laid over them. */
  of(upstream: UpstreamConfig): UpstreamQuirks {
    const known = this.#known.get(upstream);
    return known ? Object.assign({}, upstream.quirks, ...known.map(({ quirks }) => quirks)) : upstream.quirks;
  }

  /** Whether a client's own body may hold what the upstream refuses. */
  concerns(upstream: UpstreamConfig, body: Uint8Array): boolean {
    const known = this.#known.get(upstream);
    return known?.some(({ name }) => asBuffer(body).includes(`"${name}"`)) === true;
  }
}
