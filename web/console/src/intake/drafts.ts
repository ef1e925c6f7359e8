import { t, tell } from "@bros/ui";
import { type Accessor, createEffect, createRoot, createSignal, getOwner, onCleanup } from "solid-js";
import type { App } from "../app.ts";
import { createDraft, type Draft, type KeptDraft } from "./draft.ts";
import { keep, kept } from "./kept.ts";
import type { Shops } from "./shops.ts";

/** A phone order that is being typed, or was put aside for another call. */
export interface Held {
  id: string;
  draft: Draft;
  /** When a call opened it by itself; else 0. */
  poppedAt: number;
  end: () => void;
}

interface KeptDrafts {
  open?: string;
  drafts: KeptDraft[];
}

export interface Drafts {
  /** All of them, in the order in which they were begun. */
  list: Accessor<Held[]>;
  open: Accessor<Held | undefined>;
  /** Begins one, for a caller's number or empty; the one in hand is put aside. */
  begin(phone?: string, popped?: boolean): void;
  /** Goes on with one; without an id with the last that was put aside. */
  resume(id?: string): boolean;
  /** Puts the open one aside; an empty one is gone. */
  aside(): void;
  /** Throws one away, with the way back. */
  drop(id: string): void;
  /** It has become an order. */
  placed(id: string): void;
}

/**
 * The phone orders in work. Nothing that happens around one destroys it: it is put aside, and
 * kept in the tab.
 */
export function createDrafts(app: App, shops: Shops): Drafts {
  const owner = getOwner();
  const before = kept<KeptDrafts>(app.user.id, "drafts");
  const [list, setList] = createSignal<Held[]>([]);
  const [openId, setOpenId] = createSignal<string>();
  /** Put aside, the last one last. */
  let lately: string[] = [];

  const make = (was?: KeptDraft, poppedAt = 0) =>
    createRoot((end) => {
      const draft = createDraft(app, shops, was);
      const held: Held = { id: draft.id, draft, poppedAt, end };
      setList([...list(), held]);
      return held;
    }, owner);
  const take = (id: string) => {
    const held = list().find((one) => one.id === id);
    setList(list().filter((one) => one.id !== id));
    if (openId() === id) setOpenId(undefined);
    lately = lately.filter((one) => one !== id);
    return held;
  };
  const open = () => list().find((held) => held.id === openId());
  const aside = () => {
    const held = open();
    if (!held) return;
    setOpenId(undefined);
    if (held.draft.dirty()) lately = [...lately.filter((id) => id !== held.id), held.id];
    else take(held.id)?.end();
  };

  for (const was of before?.drafts ?? []) make(was);
  if (list().some((held) => held.id === before?.open)) setOpenId(before?.open);
  lately = list()
    .map((held) => held.id)
    .filter((id) => id !== openId());
  createEffect(() => {
    const drafts = list()
      .filter((held) => held.draft.dirty())
      .map((held) => held.draft.kept());
    keep(app.user.id, "drafts", drafts.length > 0 ? { open: openId(), drafts } : undefined);
  });
  onCleanup(() => {
    for (const held of list()) held.end();
  });

  return {
    list,
    open,
    aside,
    begin(phone, popped = false) {
      aside();
      const held = make(undefined, popped ? Date.now() : 0);
      if (phone) held.draft.setPhone(phone);
      setOpenId(held.id);
    },
    resume(id = lately.at(-1)) {
      if (id === undefined || !list().some((held) => held.id === id)) return false;
      if (openId() !== id) aside();
      lately = lately.filter((one) => one !== id);
      setOpenId(id);
      return true;
    },
    drop(id) {
      const held = take(id);
      if (!held) return;
      const was = held.draft.dirty() ? held.draft.kept() : undefined;
      held.end();
      if (!was) return;
      tell(t("phone.dropped"), () => {
        make(was);
        aside();
        setOpenId(was.id);
      });
    },
    placed(id) {
      take(id)?.end();
    },
  };
}
