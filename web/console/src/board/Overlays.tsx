import { Show } from "solid-js";
import { HandOver } from "./HandOver.tsx";
import { Help } from "./Help.tsx";
import { HistoryDrawer } from "./HistoryDrawer.tsx";
import "./overlays.css";
import { PickRider } from "./PickRider.tsx";
import { useBoard } from "./state.ts";

/** What opens over the board. */
export default function Overlays() {
  const board = useBoard();
  return (
    <>
      <Show when={board.selected()}>{(delivery) => <HistoryDrawer delivery={delivery()} />}</Show>
      <PickRider />
      <HandOver />
      <Help />
    </>
  );
}
