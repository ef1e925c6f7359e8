import type { RoomInfo } from "@bros/sdk";
import { t } from "@bros/ui";
import { createMemo, For } from "solid-js";

/** Who listens to what: by namespace, and room by room. */
export function Rooms(props: { rooms: RoomInfo[]; named: (address: string) => string; search: string }) {
  const namespaces = createMemo(() => {
    const all = new Map<string, { name: string; rooms: number; subscribers: number }>();
    for (const room of props.rooms) {
      const name = room.address.slice(0, room.address.indexOf("/"));
      const one = all.get(name) ?? { name, rooms: 0, subscribers: 0 };
      one.rooms++;
      one.subscribers += room.subscribers;
      all.set(name, one);
    }
    return [...all.values()].sort((a, b) => b.subscribers - a.subscribers);
  });
  const found = createMemo(() =>
    props.rooms
      .filter((room) => !room.address.startsWith("user/"))
      .filter((room) => `${room.address} ${props.named(room.address)}`.toLowerCase().includes(props.search))
      .sort((a, b) => b.subscribers - a.subscribers)
      .slice(0, 200),
  );
  return (
    <section class="panel">
      <header>
        <h2 class="grow">{t("monitor.rooms")}</h2>
        <span class="muted small">
          {namespaces()
            .map((one) => `${one.name} ${one.subscribers}`)
            .join(" · ")}
        </span>
      </header>
      <div class="table-scroll">
        <table>
          <thead>
            <tr>
              <th>{t("monitor.address")}</th>
              <th class="number">{t("monitor.subscribers")}</th>
            </tr>
          </thead>
          <tbody>
            <For each={found()}>
              {(room) => (
                <tr>
                  <td>{props.named(room.address)}</td>
                  <td class="number">{room.subscribers}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
    </section>
  );
}
