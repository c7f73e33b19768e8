// Dragging upstreams into another order, with the pointer, a finger or the keyboard. Saved at once.

import {
  type Announcements,
  closestCenter,
  DndContext,
  type DragEndEvent,
  KeyboardSensor,
  PointerSensor,
  type UniqueIdentifier,
  useSensor,
  useSensors,
} from "@dnd-kit/core";
import {
  SortableContext,
  sortableKeyboardCoordinates,
  useSortable,
  verticalListSortingStrategy,
} from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Saved } from "../../../../src/admin/contract/common.ts";
import type { UpstreamList, UpstreamView } from "../../../../src/admin/contract/upstreams.ts";
import { hasCode } from "../../api/api-failure.ts";
import { api } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useToast } from "../../ui/toast.tsx";
import { inOrder } from "./draft.ts";
import { UpstreamCard } from "./upstream-card.tsx";

export interface SortableListProps {
  readonly upstreams: readonly UpstreamView[];
  readonly version: string;
}

/** The cards, sorted by priority. */
export function SortableList({ upstreams, version }: SortableListProps) {
  const { t } = useTranslation("upstreams");
  const saveOrder = useSaveOrder();
  // What the user dragged stays on show until the gateway has answered.
  const [pending, setPending] = useState<readonly string[]>();
  const sorted = pending ? byIds(upstreams, pending) : inOrder(upstreams);
  const ids = sorted.map(({ definition }) => definition.id);
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  useEffect(() => {
    // The list that the answer brought along is the new truth.
    if (version !== "") setPending(undefined);
  }, [version]);

  const onDragEnd = async ({ active, over }: DragEndEvent) => {
    if (!over || active.id === over.id) return;
    const next = ids.filter((id) => id !== active.id);
    next.splice(ids.indexOf(String(over.id)), 0, String(active.id));
    setPending(next);
    if (!(await saveOrder(next, version))) setPending(undefined);
  };

  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      onDragEnd={(event) => void onDragEnd(event)}
      accessibility={{
        announcements: useAnnouncements(ids),
        screenReaderInstructions: { draggable: t("order.instructions") },
      }}
    >
      <SortableContext items={ids} strategy={verticalListSortingStrategy}>
        <ol className="flex flex-col gap-3">
          {sorted.map((upstream) => (
            <SortableCard key={upstream.definition.id} upstream={upstream} />
          ))}
        </ol>
      </SortableContext>
    </DndContext>
  );
}

function SortableCard({ upstream }: { readonly upstream: UpstreamView }) {
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({
    id: upstream.definition.id,
  });
  return (
    <li
      ref={setNodeRef}
      style={{ transform: CSS.Translate.toString(transform), transition }}
      className={isDragging ? "relative z-10" : undefined}
    >
      <UpstreamCard
        upstream={upstream}
        isDragging={isDragging}
        handle={{ ref: setActivatorNodeRef, props: { ...attributes, ...listeners } }}
      />
    </li>
  );
}

function useSaveOrder(): (ids: readonly string[], version: string) => Promise<boolean> {
  const { t } = useTranslation("upstreams");
  const client = useQueryClient();
  const toast = useToast();
  return async (ids, version) => {
    const { queryKey } = queries.upstreams();
    try {
      const saved = await api.put<Saved>("/upstreams/order", { body: { ids }, version });
      client.setQueryData(queryKey, (old: UpstreamList | undefined) => old && withOrder(old, ids, saved.version));
      toast.ok(t("order.saved"));
      return true;
    } catch (error) {
      toast.failed(hasCode(error, "conflict") ? new Error(t("order.conflict")) : error);
      return false;
    } finally {
      void client.invalidateQueries({ queryKey });
    }
  };
}

function withOrder(list: UpstreamList, ids: readonly string[], version: string): UpstreamList {
  const upstreams = list.upstreams.map((upstream) => ({
    ...upstream,
    definition: { ...upstream.definition, priority: ids.indexOf(upstream.definition.id) + 1 },
  }));
  return { version, upstreams };
}

function byIds(upstreams: readonly UpstreamView[], ids: readonly string[]): UpstreamView[] {
  return upstreams.toSorted((a, b) => ids.indexOf(a.definition.id) - ids.indexOf(b.definition.id));
}

function useAnnouncements(ids: readonly string[]): Announcements {
  const { t } = useTranslation("upstreams");
  const place = (id: UniqueIdentifier, at: UniqueIdentifier | undefined) => ({
    id,
    position: ids.indexOf(String(at ?? id)) + 1,
    total: ids.length,
  });
  return {
    onDragStart: ({ active }) => t("order.picked", place(active.id, active.id)),
    onDragOver: ({ active, over }) => t("order.moved", place(active.id, over?.id)),
    onDragEnd: ({ active, over }) => t("order.dropped", place(active.id, over?.id)),
    onDragCancel: ({ active }) => t("order.cancelled", { id: active.id }),
  };
}
