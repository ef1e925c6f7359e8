import type { Center } from "@bros/sdk";
import { explain, t } from "@bros/ui";
import { createMemo, createResource, createSignal, For, Show } from "solid-js";
import { api, atLeast, useApp } from "../app.ts";
import { EntityForm, type Row } from "./EntityForm.tsx";
import { type Entity, entities, type FieldSpec } from "./entities.ts";
import "./settings.css";

/** Centers, shops, riders, staff and keys: a list and a form for each. */
export default function Settings() {
  const app = useApp();
  const mine = entities.filter((entity) => atLeast(app.user.role, entity.least));
  const [entity, setEntity] = createSignal(mine[0] as Entity);
  const [editing, setEditing] = createSignal<Row | "new">();
  const [search, setSearch] = createSignal("");
  const [rows, { refetch }] = createResource(
    () => ({ entity: entity(), centers: app.chosen(), q: search() }),
    async ({ entity, centers, q }): Promise<Row[]> => {
      const load = (centerId?: string) =>
        api.rest.get<{ items: Row[] }>(`/${entity.path}`, { limit: 500, centerId, q });
      if (!entity.perCenter) return (await load()).items;
      const pages = await Promise.all(centers.map((id) => load(id)));
      return pages.flatMap((page) => page.items);
    },
  );
  const shown = createMemo(() => rows.latest ?? []);
  // Centers are opened and closed by administrators only.
  const mayAdd = () => entity().path !== "centers" || app.user.role === "admin";

  const saved = async () => {
    setEditing(undefined);
    await refetch();
    if (entity().path === "centers") app.setCenters(shown() as unknown as Center[]);
  };

  return (
    <main class="page settings">
      <nav class="line wrap settings-tabs">
        <For each={mine}>
          {(one) => (
            <button
              type="button"
              aria-pressed={entity() === one}
              onClick={() => {
                setEditing(undefined);
                setEntity(one);
              }}
            >
              {t(one.title)}
            </button>
          )}
        </For>
        <span class="grow" />
        <input
          type="search"
          name="search"
          placeholder={t("app.search")}
          aria-label={t("app.search")}
          onChange={(event) => setSearch(event.currentTarget.value.trim())}
        />
        <Show when={mayAdd()}>
          <button type="button" class="primary" onClick={() => setEditing("new")}>
            {t("set.new")}
          </button>
        </Show>
      </nav>
      <div class="settings-body">
        <section class="panel">
          <Show when={!rows.error} fallback={<p class="empty">{explain(rows.error)}</p>}>
            <List
              entity={entity()}
              rows={shown()}
              loading={rows.loading}
              onEdit={(row) => mayAdd() && setEditing(row)}
            />
          </Show>
        </section>
        <Show when={editing()} keyed>
          {(row) => (
            <EntityForm
              entity={entity()}
              row={row === "new" ? undefined : row}
              onClose={() => setEditing(undefined)}
              onSaved={saved}
            />
          )}
        </Show>
      </div>
    </main>
  );
}

function List(props: { entity: Entity; rows: Row[]; loading: boolean; onEdit: (row: Row) => void }) {
  const app = useApp();
  const columns = () => {
    const seen = new Set<string>();
    return props.entity.fields.filter(
      (field) => field.column && !seen.has(field.name) && seen.add(field.name),
    );
  };
  const centerName = (id: string) => app.centers().find((center) => center.id === id)?.name ?? id;
  const show = (field: FieldSpec, row: Row): string => {
    const value = row[field.name];
    switch (field.kind) {
      case "center":
        return centerName(String(value));
      case "centers": {
        const ids = (value as string[] | undefined) ?? [];
        return ids.length === 0 ? t("app.all") : ids.map(centerName).join(", ");
      }
      case "scopes":
        return ((value as string[] | undefined) ?? []).join(", ");
      case "check":
        return value ? "✓" : "—";
      case "select": {
        const option = field.options?.find((candidate) => candidate.value === value);
        return option ? t(option.label) : String(value ?? "");
      }
      default:
        return String(value ?? "");
    }
  };
  return (
    <table>
      <thead>
        <tr>
          <For each={columns()}>{(field) => <th>{t(field.label)}</th>}</For>
          <th />
        </tr>
      </thead>
      <tbody>
        <For
          each={props.rows}
          fallback={
            <tr>
              <td colspan="9" class="empty">
                {props.loading ? t("app.loading") : t("set.empty")}
              </td>
            </tr>
          }
        >
          {(row) => (
            <tr class="settings-row" data-id={row.id}>
              <For each={columns()}>{(field) => <td>{show(field, row)}</td>}</For>
              <td class="number">
                <button type="button" class="quiet small" onClick={() => props.onEdit(row)}>
                  {t("set.edit")}
                </button>
              </td>
            </tr>
          )}
        </For>
      </tbody>
    </table>
  );
}
