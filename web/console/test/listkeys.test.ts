import type { LiveView } from "@bros/sdk";
import { beforeEach, expect, test } from "vitest";
import { listKeys } from "../src/board/listkeys.ts";
import type { BoardState } from "../src/board/state.ts";

/** A worker's list that answers a while later, and sorts itself when it is let. */
class Rows {
  order = ["a", "b", "c", "d", "e", "f"];
  /** The order that it takes when it may. */
  next: string[] | undefined;
  marked = new Set<string>();
  selected: string | undefined;

  resort(): void {
    this.order = this.next ?? this.order;
  }
  at = (id: string) => ({ id, line: this.order.indexOf(id) });
  list = {
    indexOf: () => -1,
    step: async (id: string | undefined, by: number) => {
      const to = Math.min(Math.max((id ? this.order.indexOf(id) : -1) + by, 0), this.order.length - 1);
      return this.at(this.order[to] ?? "");
    },
    find: async (ids: string[]) => ids.map(this.at),
    ids: async ({ from, to }: { from: number; to: number }) => this.order.slice(from, to),
  } as unknown as LiveView<"delivery">;
  board = {
    selectedId: () => this.selected,
    marked: () => this.marked,
    select: (id: string) => this.board.mark([], id),
    mark: (ids: Iterable<string>, at?: string) => {
      this.marked = new Set([...ids, ...(at ? [at] : [])]);
      this.selected = at;
    },
  } as unknown as BoardState;
}

let rows: Rows;
let press: (key: string, shiftKey?: boolean) => void;
const settled = () => new Promise((done) => setTimeout(done));

beforeEach(() => {
  rows = new Rows();
  const keys = listKeys({
    list: rows.list,
    board: rows.board,
    resort: () => rows.resort(),
    keep() {},
    page: () => 3,
  });
  press = (key, shiftKey = false) =>
    keys.down({ key, shiftKey, preventDefault() {} } as unknown as KeyboardEvent);
});

test("every one of several quick steps counts, also when the order is about to change", async () => {
  press("ArrowDown");
  await settled();
  expect(rows.selected).toBe("a");
  rows.next = ["f", "a", "c", "e", "b", "d"];
  for (let i = 0; i < 3; i++) press("ArrowDown", true);
  await settled();
  expect([...rows.marked].sort()).toEqual(["a", "b", "c", "d"]);
  press("ArrowUp", true);
  await settled();
  expect([...rows.marked].sort()).toEqual(["a", "b", "c"]);
  // A step without Shift lets the list sort itself.
  press("ArrowDown");
  await settled();
  expect(rows.order).toEqual(rows.next);
});

test("a range begins at what is selected now, whoever selected it", async () => {
  press("ArrowDown");
  await settled();
  rows.board.select("d"); // on the map, say
  press("ArrowDown", true);
  await settled();
  expect([...rows.marked].sort()).toEqual(["d", "e"]);
});
