// The page "upstreams": the list, or the editor of one.

import { detailOf, usePlace } from "../../app/router.tsx";
import { UpstreamEditorPage } from "./editor-page.tsx";
import { UpstreamListPage } from "./list-page.tsx";

/** Registered in app/pages.ts. `/upstreams`, `/upstreams/ID`, `/upstreams?new=PRESET`, `/upstreams?copy=ID`. */
export function UpstreamsPage() {
  const { path, query } = usePlace();
  const id = detailOf(path);
  if (id !== undefined) return <UpstreamEditorPage key={id} id={id} />;
  const preset = query.get("new");
  const copy = query.get("copy");
  if (preset !== null || copy !== null) {
    return (
      <UpstreamEditorPage key={`${preset} ${copy}`} presetId={preset} endpoint={query.get("endpoint")} copyOf={copy} />
    );
  }
  return <UpstreamListPage />;
}
