import type { AuditEntry } from "@bros/sdk";
import { dayTime, explain, t, tOr } from "@bros/ui";
import { createEffect, createMemo, createResource, createSignal, For, on, Show } from "solid-js";
import { api, useApp } from "../app.ts";
import { eventWords, fieldWords, kinds, type Names, valueWords } from "./words.ts";
import "./audit.css";

const filters = ["centerId", "kind", "key", "actorId", "event", "from", "to"] as const;
type Filter = Partial<Record<(typeof filters)[number], string>>;

/** The filter that the address of the page names. */
function asked(): Filter {
  const params = new URLSearchParams(location.search);
  return Object.fromEntries(filters.map((name) => [name, params.get(name) ?? ""]));
}

/** The first moment of a day here, or of the day after it. */
function moment(day: string | undefined, after = 0): string | undefined {
  if (!day) return undefined;
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + after);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** Who did what, from where, and what it was before. */
export default function Audit() {
  const app = useApp();
  const [filter, setFilter] = createSignal<Filter>(asked());
  const [items, setItems] = createSignal<AuditEntry[]>([]);
  const [cursor, setCursor] = createSignal<string>();
  const [busy, setBusy] = createSignal(false);
  const [trouble, setTrouble] = createSignal("");

  const narrow = (change: Filter) => {
    const next = { ...filter(), ...change };
    setFilter(next);
    const url = new URL(location.href);
    for (const name of filters) {
      if (next[name]) url.searchParams.set(name, next[name]);
      else url.searchParams.delete(name);
    }
    history.replaceState(null, "", url);
  };

  let round = 0;
  const load = async (more: boolean) => {
    const mine = ++round;
    const { from, to, ...rest } = filter();
    setBusy(true);
    setTrouble("");
    try {
      const page = await api.audit({
        ...rest,
        from: moment(from),
        to: moment(to, 1),
        cursor: more ? cursor() : undefined,
      });
      if (mine !== round) return;
      setItems(more ? [...items(), ...page.items] : page.items);
      setCursor(page.nextCursor);
    } catch (error) {
      if (mine === round) setTrouble(explain(error));
    } finally {
      if (mine === round) setBusy(false);
    }
  };
  createEffect(
    on(filter, () => {
      setItems([]);
      setCursor(undefined);
      void load(false);
    }),
  );

  // The people to choose from, and names for what entries call by an id.
  const [staff] = createResource(async () => (await api.users({})).items, { initialValue: [] });
  const [records] = createResource(
    async () => {
      const pages = await Promise.all(
        app.centers().flatMap(({ id }) => [api.riders({ centerId: id }), api.shops({ centerId: id })]),
      );
      return pages.flatMap<{ id: string; name: string }>((page) => page.items);
    },
    { initialValue: [] },
  );
  const names = createMemo<Names>(() => {
    const all = new Map<string, string>();
    for (const one of [
      ...app.centers(),
      ...(staff.error ? [] : staff.latest),
      ...(records.error ? [] : records.latest),
    ]) {
      all.set(one.id, one.name);
    }
    return all;
  });
  const people = createMemo(() => {
    const known = staff.error
      ? []
      : staff.latest.map((one) => ({ id: one.id, name: one.name, role: one.role }));
    const chosen = filter().actorId;
    // A key, or somebody who has left, is chosen in the list itself.
    const other = items().find((entry) => entry.actor.id === chosen)?.actor;
    return chosen && !known.some((one) => one.id === chosen)
      ? [...known, other ?? { id: chosen, name: chosen, role: "key" as const }]
      : known;
  });

  // A login of somebody with several centers is kept in each of them: it is one line here.
  const centersOf = createMemo(() => {
    const all = new Map<string, string[]>();
    let before: AuditEntry | undefined;
    for (const entry of items()) {
      const same = before?.kind === "session" && likeTheOne(before, entry);
      const centers = same ? (all.get(before?.id ?? "") ?? []) : [];
      if (entry.centerId) centers.push(entry.centerId);
      if (same) continue;
      all.set(entry.id, centers);
      before = entry;
    }
    return all;
  });
  const shown = createMemo(() => items().filter(({ id }) => centersOf().has(id)));

  return (
    <main class="page audit">
      <form class="line wrap" aria-label={t("audit.filter")} onSubmit={(event) => event.preventDefault()}>
        <Choice
          name="centerId"
          label={t("set.center")}
          value={filter().centerId}
          options={app.centers().map((one) => [one.id, one.name])}
          onChange={(centerId) => narrow({ centerId })}
        />
        <Choice
          name="kind"
          label={t("audit.what")}
          value={filter().kind}
          options={kinds.map((kind) => [kind, t(`audit.kind.${kind}`)])}
          onChange={(kind) => narrow({ kind, event: "", key: "" })}
        />
        <Choice
          name="actorId"
          label={t("audit.who")}
          value={filter().actorId}
          options={people().map((one) => [one.id, `${one.name || one.id} · ${t(`role.${one.role}`)}`])}
          onChange={(actorId) => narrow({ actorId })}
        />
        <For each={["from", "to"] as const}>
          {(name) => (
            <label class="line">
              <span class="muted small">{t(`audit.${name}`)}</span>
              <input
                type="date"
                name={name}
                value={filter()[name] ?? ""}
                onChange={(event) => narrow({ [name]: event.currentTarget.value })}
              />
            </label>
          )}
        </For>
        <Show when={filter().key}>
          {(key) => (
            <button type="button" aria-pressed="true" onClick={() => narrow({ key: "" })}>
              {t("audit.one", { key: key().slice(-6) })} ✕
            </button>
          )}
        </Show>
        <Show when={filter().event}>
          {(event) => (
            <button type="button" aria-pressed="true" onClick={() => narrow({ event: "" })}>
              {eventWords(event())} ✕
            </button>
          )}
        </Show>
        <span class="grow" />
        <Show when={filters.some((name) => filter()[name])}>
          <button
            type="button"
            class="quiet"
            onClick={() => narrow(Object.fromEntries(filters.map((name) => [name, ""])))}
          >
            {t("audit.all")}
          </button>
        </Show>
      </form>
      <section class="panel audit-list">
        <table>
          <thead>
            <tr>
              <th>{t("audit.at")}</th>
              <th>{t("audit.who")}</th>
              <th>{t("audit.did")}</th>
              <th>{t("audit.changes")}</th>
              <th>{t("set.center")}</th>
            </tr>
          </thead>
          <tbody>
            <For
              each={shown()}
              fallback={
                <tr>
                  <td colspan="5" class="empty">
                    {trouble() || t(busy() ? "app.loading" : "audit.none")}
                  </td>
                </tr>
              }
            >
              {(entry) => (
                <Entry
                  entry={entry}
                  centers={centersOf().get(entry.id) ?? []}
                  names={names()}
                  onNarrow={narrow}
                />
              )}
            </For>
          </tbody>
        </table>
        <Show when={cursor()}>
          <p class="audit-more">
            <button type="button" disabled={busy()} onClick={() => void load(true)}>
              {t("audit.more")}
            </button>
            <span role="status">{items().length > 0 ? trouble() : ""}</span>
          </p>
        </Show>
      </section>
    </main>
  );
}

/** Whether two entries tell of one thing, in two centers. */
function likeTheOne(a: AuditEntry, b: AuditEntry): boolean {
  const same = a.event === b.event && a.actor.id === b.actor.id && a.key === b.key;
  return same && a.at.slice(0, 19) === b.at.slice(0, 19) && a.centerId !== b.centerId;
}

function Choice(props: {
  name: string;
  label: string;
  value?: string;
  options: [string, string][];
  onChange: (value: string) => void;
}) {
  return (
    <label class="line">
      <span class="muted small">{props.label}</span>
      <select name={props.name} onChange={(event) => props.onChange(event.currentTarget.value)}>
        <option value="" selected={!props.value}>
          {t("app.all")}
        </option>
        <For each={props.options}>
          {([value, text]) => (
            <option value={value} selected={props.value === value}>
              {text}
            </option>
          )}
        </For>
      </select>
    </label>
  );
}

/** One entry; who did it, what it was and which record narrow the list down. */
function Entry(props: {
  entry: AuditEntry;
  /** Ids of the centers that it concerns. */
  centers: string[];
  names: Names;
  onNarrow: (filter: Filter) => void;
}) {
  const entry = () => props.entry;
  const record = () => (entry().key ? (props.names.get(entry().key ?? "") ?? entry().key?.slice(-6)) : "");
  return (
    <tr data-testid="audit-row" data-id={entry().id} data-event={entry().event}>
      <td class="audit-at">
        <time datetime={entry().at}>{dayTime(entry().at)}</time>
      </td>
      <td>
        <Show when={entry().actor.id} fallback={<span>{t(`role.${entry().actor.role || "system"}`)}</span>}>
          {(id) => (
            <button type="button" class="quiet audit-link" onClick={() => props.onNarrow({ actorId: id() })}>
              {entry().actor.name || id()}
            </button>
          )}
        </Show>
        <div class="muted small">
          {tOr(`role.${entry().actor.role}`, entry().actor.role)}
          <Show when={entry().remote}> · {entry().remote}</Show>
        </div>
      </td>
      <td>
        <button
          type="button"
          class="quiet audit-link strong"
          onClick={() => props.onNarrow({ kind: entry().kind, event: entry().event })}
        >
          {eventWords(entry().event)}
        </button>
        <div class="muted small">
          {tOr(`audit.kind.${entry().kind}`, entry().kind)}
          <Show when={entry().key}>
            {(key) => (
              <button
                type="button"
                class="quiet small audit-link"
                title={t("audit.oneHelp", { key: key() })}
                onClick={() => props.onNarrow({ kind: entry().kind, key: key() })}
              >
                {record()}
              </button>
            )}
          </Show>
        </div>
      </td>
      <td>
        <dl class="audit-changes">
          <For each={entry().changes ?? []}>
            {(change) => (
              <>
                <dt class="muted">{fieldWords(change.field)}</dt>
                <dd>
                  <Show
                    when={change.from !== undefined || change.to !== undefined}
                    fallback={t("audit.secret")}
                  >
                    <Show when={change.from !== undefined}>
                      <del class="audit-from">{valueWords(change, change.from, props.names)}</del>
                    </Show>
                    <Show when={change.from !== undefined && change.to !== undefined}>
                      <span aria-hidden="true"> → </span>
                    </Show>
                    <Show when={change.to !== undefined}>
                      <ins class="audit-to">{valueWords(change, change.to, props.names)}</ins>
                    </Show>
                  </Show>
                </dd>
              </>
            )}
          </For>
        </dl>
      </td>
      <td>{props.centers.map((id) => props.names.get(id) ?? id).join(", ")}</td>
    </tr>
  );
}
