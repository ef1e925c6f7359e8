import type { Center } from "@bros/sdk";
import { Failed, Icon, phone, t, tOr } from "@bros/ui";
import { createMemo, createResource, createSignal, For, Show } from "solid-js";
import { api, atLeast, useApp } from "../app.ts";
import { EntityForm, type Row } from "./EntityForm.tsx";
import { type Entity, entities, type FieldSpec, scopes } from "./entities.ts";
import { exportRows } from "./files.ts";
import { hookEventWords } from "./HookEvents.tsx";
import { ImportDialog } from "./ImportDialog.tsx";
import { Webhooks } from "./Webhooks.tsx";
import "./settings.css";

/** Centers, shops, riders, staff and keys: a list and a form for each. */
export default function Settings() {
  const app = useApp();
  const mine = entities.filter((entity) => atLeast(app.user.role, entity.least));
  const params = new URLSearchParams(location.search);
  const [entity, setEntitySignal] = createSignal(
    mine.find((one) => one.path === params.get("tab")) ?? (mine[0] as Entity),
  );
  const setEntity = (next: Entity) => {
    setEntitySignal(next);
    const url = new URL(location.href);
    url.searchParams.set("tab", next.path);
    history.replaceState(null, "", url);
  };
  const [importing, setImporting] = createSignal(false);
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
  // Centers are opened and changed by administrators only.
  const mayAdd = () => entity().path !== "centers" || app.user.role === "admin";
  const imports = () => {
    const path = entity().path;
    return path === "shops" || path === "riders" ? path : undefined;
  };

  const saved = async () => {
    setEditing(undefined);
    await refetch();
    if (entity().path === "centers") app.setCenters(shown() as unknown as Center[]);
  };

  return (
    <main class="page settings">
      <nav class="line wrap settings-tabs" aria-label={t("app.settings")}>
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
        <Show when={imports()}>
          <button type="button" class="quiet" onClick={() => setImporting(true)}>
            <Icon name="up" /> {t("set.import")}
          </button>
          <button
            type="button"
            class="quiet"
            disabled={shown().length === 0}
            onClick={() => exportRows(imports() ?? "shops", shown())}
          >
            <Icon name="down" /> {t("set.export")}
          </button>
        </Show>
        <Show when={mayAdd()}>
          <button type="button" class="primary" onClick={() => setEditing("new")}>
            {t("set.new")}
          </button>
        </Show>
      </nav>
      <div class="settings-body">
        <section class="panel">
          <Show when={!rows.error} fallback={<Failed error={rows.error} onRetry={refetch} />}>
            <List
              entity={entity()}
              rows={shown()}
              loading={rows.loading}
              editable={mayAdd()}
              editing={editing()}
              onEdit={setEditing}
            />
            <Show when={entity().path === "webhooks"}>
              <Webhooks rows={shown()} onChange={refetch} />
            </Show>
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
      <Show when={importing() && imports()}>
        {(path) => (
          <ImportDialog
            path={path()}
            onClose={() => setImporting(false)}
            onDone={() => {
              setImporting(false);
              void refetch();
            }}
          />
        )}
      </Show>
    </main>
  );
}

/** What a key is allowed, in the reader's language. */
function scopeWords(value: string): string {
  const scope = scopes.find((one) => one.value === value);
  return scope ? t(scope.label) : value;
}

function List(props: {
  entity: Entity;
  rows: Row[];
  loading: boolean;
  editable: boolean;
  editing?: Row | "new";
  onEdit: (row: Row) => void;
}) {
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
        return ((value as string[] | undefined) ?? []).map(scopeWords).join(", ");
      case "events": {
        const events = (value as string[] | undefined) ?? [];
        return events.length === 0 ? t("app.all") : events.map(hookEventWords).join(", ");
      }
      case "check":
        return value ? t("set.yes") : t("set.no");
      case "select": {
        const option = field.options?.find((candidate) => candidate.value === value);
        if (option) return t(option.label);
        // A rider's account is among the staff's, but its role is not one to choose.
        return field.name === "role" ? tOr(`role.${value}`, String(value)) : String(value ?? "");
      }
      case "tel":
        return phone(value as string | undefined);
      default:
        return String(value ?? "");
    }
  };
  return (
    <table>
      <thead>
        <tr>
          <For each={columns()}>{(field) => <th>{t(field.label)}</th>}</For>
          <Show when={props.editable}>
            <th>
              <span class="hidden-visually">{t("set.edit")}</span>
            </th>
          </Show>
        </tr>
      </thead>
      <tbody>
        <For
          each={props.rows}
          fallback={
            <tr>
              <td colspan="9" class="settings-none muted">
                {props.loading ? t("app.loading") : t("set.empty")}
              </td>
            </tr>
          }
        >
          {(row) => (
            <tr
              class="settings-row"
              data-id={row.id}
              data-off={row.active === false}
              aria-current={props.editing === row ? "true" : undefined}
            >
              <For each={columns()}>{(field) => <td>{show(field, row)}</td>}</For>
              <Show when={props.editable}>
                <td class="number">
                  <button
                    type="button"
                    class="quiet small"
                    aria-label={t("set.editOne", { name: String(row.name ?? "") })}
                    onClick={() => props.onEdit(row)}
                  >
                    {t("set.edit")}
                  </button>
                </td>
              </Show>
            </tr>
          )}
        </For>
      </tbody>
    </table>
  );
}
