import type { Center, Page } from "@bros/sdk";
import { complain, explain, Failed, Icon, language, phone, t, tOr } from "@bros/ui";
import { createMemo, createResource, createSignal, For, Show } from "solid-js";
import { api, atLeast, useApp } from "../app.ts";
import { EntityForm, type Row } from "./EntityForm.tsx";
import { type Entity, entities, type FieldSpec, scopes } from "./entities.ts";
import { exportRows } from "./files.ts";
import { hookEventWords } from "./HookEvents.tsx";
import { ImportDialog } from "./ImportDialog.tsx";
import { Webhooks } from "./Webhooks.tsx";
import { ZoneFiles } from "./ZoneFiles.tsx";
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
  const [accounts, setAccounts] = createSignal<"staff" | "riders" | "">("staff");
  const [rows, { refetch, mutate }] = createResource(
    () => ({ entity: entity(), centers: app.chosen(), q: search(), accounts: accounts() }),
    async ({ entity, centers, q, accounts }): Promise<Loaded> => {
      const first = entity.perCenter ? centers : [undefined];
      const more = { entity, q, accounts, next: first.map((centerId) => ({ centerId })) };
      return load({ items: [], more });
    },
  );
  const shown = createMemo(() => rows.latest?.items ?? []);
  const [busy, setBusy] = createSignal(false);
  /** Loads the next page, or all that there are. */
  const more = async (all = false): Promise<Row[]> => {
    let now = rows.latest;
    if (!now) return [];
    setBusy(true);
    try {
      do now = await load(now);
      while (all && now.more.next.length > 0);
      mutate(now);
    } catch (error) {
      complain(explain(error));
    } finally {
      setBusy(false);
    }
    return now.items;
  };
  // Centers are opened and changed by administrators only.
  const mayAdd = () => entity().path !== "centers" || app.user.role === "admin";
  const imports = () => {
    const path = entity().path;
    return path === "shops" || path === "riders" ? path : undefined;
  };

  const saved = async () => {
    setEditing(undefined);
    await refetch();
    if (entity().path !== "centers") return;
    // Not what the list shows, which a search may have narrowed.
    const known = new Set(app.centers().map((center) => center.id));
    const centers = await everyCenter();
    app.setCenters(centers);
    // A new one is looked at like the others, so that what is put into it is seen.
    const added = centers.filter((center) => !known.has(center.id)).map((center) => center.id);
    if (added.length > 0) app.choose([...new Set([...app.chosen(), ...added])]);
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
        <Show when={entity().path === "users"}>
          <select
            name="accounts"
            aria-label={t("set.accounts")}
            value={accounts()}
            onChange={(event) => setAccounts(event.currentTarget.value as "staff" | "riders" | "")}
          >
            <option value="staff">{t("set.accounts.staff")}</option>
            <option value="riders">{t("set.accounts.riders")}</option>
            <option value="">{t("set.accounts.all")}</option>
          </select>
        </Show>
        <Show when={imports()}>
          <button type="button" class="quiet" onClick={() => setImporting(true)}>
            <Icon name="up" /> {t("set.import")}
          </button>
          <button
            type="button"
            class="quiet"
            disabled={shown().length === 0}
            onClick={async () => exportRows(imports() ?? "shops", await more(true))}
          >
            <Icon name="down" /> {t("set.export")}
          </button>
        </Show>
        <Show when={entity().path === "zones" && app.chosen()[0]}>
          {(centerId) => <ZoneFiles centerId={centerId()} onDone={refetch} />}
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
            <Show when={rows.latest?.more.next.length}>
              <p class="line settings-more" data-testid="more">
                <span class="grow muted" role="status">
                  {t("set.shown", { n: shown().length })}
                </span>
                <button type="button" disabled={busy()} onClick={() => void more()}>
                  {t("set.more")}
                </button>
              </p>
            </Show>
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

/** Rows that have been loaded, and where the pages after them begin. */
interface Loaded {
  items: Row[];
  more: {
    entity: Entity;
    q: string;
    accounts: string;
    /** Of every list that goes on; one without a cursor has not begun. */
    next: { centerId?: string; cursor?: string }[];
  };
}

/** Loads one page more of every list that goes on. */
async function load({ items, more }: Loaded): Promise<Loaded> {
  const { entity, q, accounts } = more;
  const pages = await Promise.all(
    more.next.map(async ({ centerId, cursor }) => {
      const query = { limit: 500, centerId, cursor, q, accounts: entity.path === "users" ? accounts : "" };
      const page = await api.rest.get<Page<Row>>(`/${entity.path}`, query);
      return { centerId, page };
    }),
  );
  const next = pages.flatMap(({ centerId, page }) =>
    page.nextCursor ? [{ centerId, cursor: page.nextCursor }] : [],
  );
  return { items: [...items, ...pages.flatMap(({ page }) => page.items)], more: { ...more, next } };
}

/** All centers that one sees, however many pages they are. */
async function everyCenter(): Promise<Center[]> {
  const all: Center[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.rest.get<Page<Center>>("/centers", { limit: 500, cursor });
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return all.sort((a, b) => a.name.localeCompare(b.name, language()));
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
