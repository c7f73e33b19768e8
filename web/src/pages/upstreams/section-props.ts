// What every section of the editor gets.

import type { Problem } from "../../../../src/admin/contract/common.ts";
import type { UpstreamView } from "../../../../src/admin/contract/upstreams.ts";
import type { Draft, LocalProblem } from "./draft.ts";

/** The draft with its problems, and how to change it. */
export interface SectionProps {
  readonly draft: Draft;
  readonly change: (change: Partial<Draft>) => void;
  /** From the gateway; paths are relative to the upstream. */
  readonly problems: readonly Problem[];
  /** Found here, shown once saving was tried. */
  readonly local: ReadonlyMap<string, LocalProblem>;
  /** The saved upstream; undefined for a new one. */
  readonly view: UpstreamView | undefined;
}
