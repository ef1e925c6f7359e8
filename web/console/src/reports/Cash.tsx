import { type CashInHand, Problem, type RiderCash, type Settlement } from "@bros/sdk";
import {
  ago,
  complain,
  Dialog,
  dayTime,
  Empty,
  explain,
  Failed,
  inMinor,
  money,
  now,
  t,
  tell,
  time,
} from "@bros/ui";
import { createEffect, createResource, createSignal, For, on, Show } from "solid-js";
import { api } from "../app.ts";
import { hours } from "./days.ts";

/** Riders' cash: who has how much, the closing of a shift, and what was closed. */
export function Cash(props: { centerId: string; from: string; to: string; currency?: string }) {
  const price = (amount: number) => money(amount, props.currency);
  const [held, holdings] = createResource(
    () => props.centerId,
    async (centerId) => (await api.cashOf(centerId)).items.filter((one) => one.expected > 0),
  );
  const [query, search] = createSignal("");
  const found = (name: string) => name.toLowerCase().includes(query().trim().toLowerCase());
  const sum = () => held.latest?.reduce((all, one) => all + one.expected, 0) ?? 0;
  const [done, settled] = createResource(
    () => ({ centerId: props.centerId, from: props.from, to: props.to }),
    (query) => api.settlements(query),
  );
  const [chosen, choose] = createSignal<RiderCash>();

  return (
    <div class="report-grid page-next" data-testid="cash">
      <section class="panel">
        <header>
          <h2>{t("cash.hand")}</h2>
          <Show when={!held.error && held.latest?.length}>
            <span class="muted small cash-sum">
              {t("cash.sum", { n: held.latest?.length ?? 0, amount: price(sum()) })}
            </span>
          </Show>
          <span class="grow" />
          <input
            type="search"
            name="cash-search"
            aria-label={t("cash.search")}
            placeholder={t("cash.search")}
            value={query()}
            onInput={(event) => search(event.currentTarget.value)}
          />
        </header>
        <Show when={!held.error} fallback={<Failed error={held.error} onRetry={holdings.refetch} />}>
          <Show when={held.latest} fallback={<Empty title={t("app.loading")} />}>
            {(list) => (
              <Show when={list().length > 0} fallback={<Empty title={t("cash.none")} />}>
                <div class="table-scroll">
                  <table>
                    <thead>
                      <tr>
                        <th>{t("cash.rider")}</th>
                        <th>{t("cash.since")}</th>
                        <th class="number">{t("cash.deliveries")}</th>
                        <th class="number">{t("cash.expected")}</th>
                        <th />
                      </tr>
                    </thead>
                    <tbody>
                      <For each={list().filter((one) => found(one.riderName))}>
                        {(one) => (
                          <tr data-testid="cash-row" data-id={one.riderId}>
                            <td>{one.riderName}</td>
                            <td class="muted">
                              {one.since ? ago(now() - Date.parse(one.since)) : t("cash.first")}
                            </td>
                            <td class="number">{one.deliveries.length}</td>
                            <td class="number strong">{price(one.expected)}</td>
                            <td class="number">
                              <button type="button" onClick={() => choose(one)}>
                                {t("cash.settle")}
                              </button>
                            </td>
                          </tr>
                        )}
                      </For>
                    </tbody>
                  </table>
                </div>
              </Show>
            )}
          </Show>
        </Show>
      </section>
      <section class="panel" data-wide="true">
        <header>
          <h2>{t("cash.settled")}</h2>
        </header>
        <Show when={!done.error} fallback={<Failed error={done.error} onRetry={settled.refetch} />}>
          <Show when={done.latest?.items} fallback={<Empty title={t("app.loading")} />}>
            {(items) => (
              <Show when={items().length > 0} fallback={<Empty title={t("cash.noneSettled")} />}>
                <Closed items={items()} price={price} found={found} />
              </Show>
            )}
          </Show>
        </Show>
      </section>
      <Close
        held={chosen()}
        currency={props.currency}
        price={price}
        onClose={(again) => {
          choose(undefined);
          if (again) {
            void holdings.refetch();
            void settled.refetch();
          }
        }}
      />
    </div>
  );
}

function Closed(props: {
  items: Settlement[];
  price: (amount: number) => string;
  found: (name: string) => boolean;
}) {
  return (
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <th>{t("cash.at")}</th>
            <th>{t("cash.rider")}</th>
            <th class="number">{t("reports.onDuty")}</th>
            <th class="number">{t("cash.deliveries")}</th>
            <th class="number">{t("cash.expected")}</th>
            <th class="number">{t("cash.counted")}</th>
            <th class="number">{t("cash.difference")}</th>
            <th>{t("cash.note")}</th>
            <th>{t("cash.by")}</th>
          </tr>
        </thead>
        <tbody>
          <For each={props.items.filter((one) => props.found(one.riderName))}>
            {(one) => (
              <tr data-testid="settlement-row" data-id={one.id}>
                <td>{dayTime(one.to)}</td>
                <td>{one.riderName}</td>
                <td class="number">{hours(one.onDutySeconds)}</td>
                <td class="number">{one.deliveries}</td>
                <td class="number">{props.price(one.expected)}</td>
                <td class="number">{props.price(one.counted)}</td>
                <td class="number" data-off={one.difference !== 0}>
                  {one.difference === 0 ? "✓" : props.price(one.difference)}
                </td>
                <td>{one.note}</td>
                <td>{one.by.name}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}

function Close(props: {
  held?: RiderCash;
  currency?: string;
  price: (amount: number) => string;
  onClose: (again: boolean) => void;
}) {
  const [cash, setCash] = createSignal<CashInHand>();
  const [counted, setCounted] = createSignal("");
  const [note, setNote] = createSignal("");
  const [busy, setBusy] = createSignal(false);
  createEffect(
    on(
      () => props.held,
      (held) => {
        setCash(held);
        setCounted("");
        setNote("");
      },
    ),
  );
  const amount = () => {
    const typed = counted().replaceAll(/[^\d.]/g, "");
    return typed === "" ? Number.NaN : inMinor(Number(typed), props.currency ?? "KRW");
  };
  const difference = () => amount() - (cash()?.expected ?? 0);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const held = props.held;
    if (!held || Number.isNaN(amount())) return;
    if (difference() !== 0 && !note().trim()) {
      complain(t("cash.missing"));
      return;
    }
    setBusy(true);
    try {
      await api.settle(held.riderId, { counted: amount(), expected: cash()?.expected, note: note() });
      tell(t("cash.done", { name: held.riderName, amount: props.price(amount()) }));
      props.onClose(true);
    } catch (error) {
      const current = error instanceof Problem ? (error.current as CashInHand | undefined) : undefined;
      if (error instanceof Problem && error.code === "conflict" && current) {
        setCash(current);
        complain(t("cash.changed"));
      } else complain(explain(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open={props.held !== undefined}
      title={`${t("cash.close")} · ${props.held?.riderName ?? ""}`}
      testId="cash-dialog"
      onClose={() => props.onClose(false)}
    >
      <form class="cash-form" onSubmit={submit}>
        <ul class="cash-list">
          <For each={cash()?.deliveries}>
            {(one) => (
              <li>
                <span class="strong">{one.number}</span>
                <span class="muted">{time(one.deliveredAt)}</span>
                <span class="number">{props.price(one.amount)}</span>
              </li>
            )}
          </For>
        </ul>
        <p class="line">
          <span class="grow">{t("cash.expected")}</span>
          <b>{props.price(cash()?.expected ?? 0)}</b>
        </p>
        <label class="stack">
          <span>{t("cash.counted")}</span>
          <input
            name="counted"
            inputmode="numeric"
            autocomplete="off"
            required
            value={counted()}
            onInput={(event) => setCounted(event.currentTarget.value)}
          />
        </label>
        <Show when={!Number.isNaN(amount()) && difference() !== 0}>
          <p class="line cash-off" role="status">
            <span class="grow">{t("cash.difference")}</span>
            <b>{props.price(difference())}</b>
          </p>
        </Show>
        <label class="stack">
          <span>{t("cash.note")}</span>
          <input
            name="note"
            maxlength={500}
            value={note()}
            onInput={(event) => setNote(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary" disabled={busy()}>
          {t("cash.close")}
        </button>
      </form>
    </Dialog>
  );
}
