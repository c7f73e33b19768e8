// What upstreams have shown of themselves by refusing a field that others of their format take: such a request is made
// once more without it, and later ones begin without it.

import type { UpstreamConfig } from "../config/config.ts";
import type { UpstreamQuirks } from "../core/upstream-quirks.ts";
import { asBuffer } from "../lib/as-buffer.ts";
import type { RefusedField } from "../upstream/refused-field.ts";

/** One per process. What is known of an upstream goes when its configuration does. */
export class LearntQuirks {
  readonly #known = new WeakMap<UpstreamConfig, readonly RefusedField[]>();

  /** Takes in a refusal; false when it was known before, so that nothing is gained by asking again. */
  learn(upstream: UpstreamConfig, refused: RefusedField): boolean {
    const known = this.#known.get(upstream) ?? [];
    if (known.some(({ name }) => name === refused.name)) return false;
    this.#known.set(upstream, [...known, refused]);
    return true;
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
