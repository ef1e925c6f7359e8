import { keyOf } from "@bros/ui";
import { onCleanup, onMount } from "solid-js";
import type { App } from "../app.ts";
import { openPlan } from "../plan/open.ts";
import { decideByKey } from "./decisions.ts";
import type { Desk } from "./desk.ts";
import { groups } from "./model.ts";
import type { BoardState } from "./state.ts";

/** Where typing is typing. */
const fields = "input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]";

/**
 * The board's keys, wherever the focus is, save in a field or a dialog. The lists have their
 * own: arrows, Enter, Space.
 */
export function bindKeys(app: App, board: BoardState, desk: Desk): void {
  const keys: Record<string, () => void> = {
    "/": () => document.querySelector<HTMLInputElement>("input[name=search]")?.focus(),
    "?": () => desk.setHelp(true),
    m: () => desk.turnMap(),
    f: () => desk.fit(),
    g: () => {
      const next = groups[(groups.indexOf(board.look().group) + 1) % groups.length];
      if (next) board.setLook({ group: next });
    },
    r: () => document.querySelector<HTMLElement>(".rider-row .rider-name")?.focus(),
    h: () => {
      if (board.selected()) desk.setHistory(true);
    },
    a: () => {
      if (desk.canGive()) desk.setPicking(true);
    },
    p: () => desk.nextProblem(),
    i: () => {
      if (desk.dispatcher) desk.pin();
    },
    v: () => {
      if (desk.dispatcher && desk.waiting()) desk.setPicking(true, "avoid");
    },
    l: () => openPlan(app.chosen()),
    n: () => {
      const [seen] = desk.aim();
      if (desk.targets().length === 1 && seen?.heldUntil) void desk.actions.release(seen);
    },
    u: () => {
      if (desk.dispatcher) desk.actions.undo();
    },
  };

  const onKey = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    const key = keyOf(event);
    if (event.defaultPrevented || !key || target.closest("[role=dialog], [role=menu]")) return;
    if (key === "Escape") {
      if (target.matches(fields)) target.blur();
      else if (board.selectedId() !== undefined) board.select(undefined);
      else desk.followRider(undefined);
      return;
    }
    if (target.matches(fields) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.repeat) return; // a key that is held was meant once
    if (/^[1-9]$/.test(key)) {
      giveSuggested(Number(key));
      return;
    }
    if (decideByKey(desk, key)) {
      event.preventDefault();
      return;
    }
    if (key === "y" && desk.dispatcher) {
      event.preventDefault();
      void desk.acceptPlan(event.shiftKey ? "due" : undefined);
      return;
    }
    const act = keys[key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const giveSuggested = (number: number) => {
    const delivery = board.selected();
    const suggestion = desk.seenSuggestions()[number - 1];
    if (!desk.dispatcher || !delivery || !suggestion || desk.targets().length !== 1) return;
    const { riderId, riderName } = suggestion;
    const [seen] = desk.aim();
    // One that somebody has already is not taken away by a number alone: Reassign says so.
    if (seen && seen.status !== "waiting") desk.chooseRider(riderId);
    else void desk.give({ id: riderId, name: riderName });
  };
  onMount(() => document.addEventListener("keydown", onKey));
  onCleanup(() => document.removeEventListener("keydown", onKey));
}
