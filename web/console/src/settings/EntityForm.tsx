import { type Area, type Hours, Problem } from "@bros/sdk";
import { complain, explain, fieldText, Icon, t, tell } from "@bros/ui";
import { createSignal, For, Match, Show, Switch } from "solid-js";
import { AddressBox } from "../AddressBox.tsx";
import { api, useApp } from "../app.ts";
import { AreaField } from "./AreaField.tsx";
import { type Entity, type FieldSpec, parseLocation, scopes } from "./entities.ts";
import { HookEvents } from "./HookEvents.tsx";
import { HoursField } from "./HoursField.tsx";
import LocationField from "./LocationField.tsx";

/** A record of any kind, as the list shows it. */
export type Row = { id: string; version?: number } & Record<string, unknown>;

interface Props {
  entity: Entity;
  /** Absent: a new one. */
  row?: Row;
  onClose: () => void;
  onSaved: () => void;
}

/** One form for everything that can be set up. */
export function EntityForm(props: Props) {
  const app = useApp();
  const fields = props.entity.fields.filter(
    (field) => !field.when || field.when === (props.row ? "edit" : "new"),
  );
  const start: Record<string, unknown> = {};
  for (const field of fields) start[field.name] = startOf(field, props.row, app.chosen()[0]);
  const [values, setValues] = createSignal(start);
  const [problem, setProblem] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(false);
  const [key, setKey] = createSignal<string>();
  const centerOf = () => {
    const id = values().centerId ?? props.row?.centerId ?? (props.entity.path === "centers" && props.row?.id);
    return typeof id === "string" && id ? id : undefined;
  };
  const set = (name: string, value: unknown) => setValues({ ...values(), [name]: value });
  const wrong = (name: string) => {
    const error = problem();
    const fault = error instanceof Problem ? error.field(name) : undefined;
    return fault && fieldText(fault);
  };
  /** A fault of a field, or of the one of its parts that is named first: `closedDates[2]`. */
  const wrongIn = (field: FieldSpec) => {
    const error = problem();
    if (field.kind !== "days" || !(error instanceof Problem)) return wrong(field.name);
    const fault = error.fields.find((one) => one.field.replace(/\[.*/, "") === field.name);
    return fault && fieldText(fault);
  };

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const body = bodyOf(fields, values(), props.row);
    if (body instanceof Problem) {
      setProblem(body);
      return;
    }
    setBusy(true);
    setProblem(undefined);
    try {
      if (props.row) await api.update(props.entity.path, props.row.id, body);
      else {
        const { data } = await api.create<{ key?: string; secret?: string }>(props.entity.path, body);
        const shown = data.key ?? data.secret;
        if (shown) {
          setKey(shown);
          return;
        }
      }
      tell(t("set.saved"));
      props.onSaved();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const [copied, setCopied] = createSignal(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(key() ?? "");
      setCopied(true);
    } catch {
      complain(t("set.copyByHand")); // no clipboard outside of HTTPS
    }
  };
  const remove = async () => {
    if (!props.row) return;
    try {
      await api.remove(props.entity.path, props.row.id);
      tell(t("set.deleted"));
      props.onSaved();
    } catch (error) {
      complain(explain(error));
    }
  };

  return (
    <form class="panel settings-form" data-testid="entity-form" onSubmit={submit}>
      <header>
        <h2 class="grow">
          {t(props.entity.title)} · {props.row ? t("set.edit") : t("set.new")}
        </h2>
        <button type="button" class="quiet" aria-label={t("app.close")} onClick={() => props.onClose()}>
          ✕
        </button>
      </header>
      <Show
        when={!key()}
        fallback={
          <div class="settings-fields">
            <p>{t("set.keyOnce")}</p>
            <code class="settings-key" data-testid="new-key">
              {key()}
            </code>
            <div class="line">
              <button type="button" class="primary" onClick={copy}>
                <Icon name="copy" /> {copied() ? t("set.copied") : t("set.copy")}
              </button>
              <button type="button" onClick={() => props.onSaved()}>
                {t("app.close")}
              </button>
            </div>
          </div>
        }
      >
        <div class="settings-fields">
          <For each={fields}>
            {(field) => (
              <>
                <Show when={field.part}>{(part) => <h3>{t(part())}</h3>}</Show>
                <Field
                  field={field}
                  value={values()[field.name]}
                  wrong={wrongIn(field)}
                  wrongPart={wrong}
                  search={!fields.some((one) => one.kind === "address")}
                  centerId={centerOf()}
                  onPlace={(text) => set("location", text)}
                  onInput={(value) => set(field.name, value)}
                />
              </>
            )}
          </For>
          <Show when={problem()}>
            <p class="field-error" role="alert">
              {explain(problem())}
            </p>
          </Show>
          <div class="line">
            <button type="submit" class="primary" disabled={busy()}>
              {t("app.save")}
            </button>
            <span class="grow" />
            <Show when={props.row && props.entity.canDelete}>
              <DeleteButton onDelete={remove} />
            </Show>
          </div>
        </div>
      </Show>
    </form>
  );
}

/** Fields that hold several values. */
const lists: FieldSpec["kind"][] = ["centers", "scopes", "events", "hours"];

function startOf(field: FieldSpec, row: Row | undefined, center: string | undefined): unknown {
  if (row && field.kind !== "password") {
    const value = row[field.name];
    if (field.kind === "location") {
      const place = value as { lat: number; lng: number } | undefined;
      return place ? `${degrees(place.lat)}, ${degrees(place.lng)}` : "";
    }
    if (field.kind === "days") return ((value as string[] | undefined) ?? []).join(" ");
    return value ?? (lists.includes(field.kind) ? [] : "");
  }
  if (field.kind === "center") return center ?? "";
  if (lists.includes(field.kind)) return [];
  return field.start ?? "";
}

/** A tenth of a metre is more than a pin knows. */
function degrees(value: number): number {
  return Number(value.toFixed(6));
}

/** Fields that are typed as text whatever they hold. */
const textual: FieldSpec["kind"][] = ["location", "days"];

/** The request body of a form, or what is wrong with it. */
function bodyOf(
  fields: FieldSpec[],
  values: Record<string, unknown>,
  row?: Row,
): Record<string, unknown> | Problem {
  const body: Record<string, unknown> = row?.version === undefined ? {} : { version: row.version };
  for (const field of fields) {
    const value = values[field.name];
    if (field.kind === "location") {
      const place = parseLocation(String(value));
      if (!place && (field.required || value)) {
        const errors = [{ field: field.name, message: t("set.needLocation") }];
        return new Problem("validation", 422, { errors, detail: t("set.needLocation") });
      }
      if (place) body[field.name] = place;
    } else if (field.kind === "number") {
      if (value !== "") body[field.name] = Number(value);
    } else if (field.kind === "days") {
      body[field.name] = String(value)
        .split(/[\s,]+/)
        .filter(Boolean);
    } else if (field.kind === "password") {
      if (value) body[field.name] = value;
    } else if (field.kind === "area") body[field.name] = value || undefined;
    else body[field.name] = value;
  }
  return body;
}

function Field(props: {
  field: FieldSpec;
  value: unknown;
  wrong?: string;
  /** What is wrong with a part of it, by the server's name. */
  wrongPart: (name: string) => string | undefined;
  /** The record has no address, by which its place could be found. */
  search: boolean;
  centerId?: string;
  /** A place for the record, found by its address. */
  onPlace: (text: string) => void;
  onInput: (value: unknown) => void;
}) {
  const app = useApp();
  const toggle = (id: string, on: boolean) => {
    const rest = (props.value as string[]).filter((other) => other !== id);
    props.onInput(on ? [...rest, id] : rest);
  };
  const many = (choices: { value: string; label: string; code?: string }[]) => (
    <fieldset class="field">
      <legend class="small muted">{t(props.field.label)}</legend>
      <For each={choices}>
        {(choice) => (
          <label class="line">
            <input
              type="checkbox"
              name={props.field.name}
              checked={(props.value as string[]).includes(choice.value)}
              onChange={(event) => toggle(choice.value, event.currentTarget.checked)}
            />
            {choice.label}
            <Show when={choice.code}>
              <code class="muted">{choice.code}</code>
            </Show>
          </label>
        )}
      </For>
    </fieldset>
  );
  const select = (choices: { value: string; label: string }[]) => (
    <label class="field">
      <span>{t(props.field.label)}</span>
      <select
        name={props.field.name}
        value={String(props.value)}
        onChange={(event) => props.onInput(event.currentTarget.value)}
      >
        <For each={choices}>{(choice) => <option value={choice.value}>{choice.label}</option>}</For>
      </select>
    </label>
  );
  const home = () =>
    (app.centers().find((center) => center.id === props.centerId) ?? app.centers()[0])?.location ?? {
      lat: 37.5145,
      lng: 127.1059,
    };
  const centers = () => app.centers().map((center) => ({ value: center.id, label: center.name }));

  return (
    <div>
      <Switch
        fallback={
          <label class="field">
            <span>{t(props.field.label)}</span>
            <input
              name={props.field.name}
              type={textual.includes(props.field.kind) ? "text" : props.field.kind}
              required={props.field.required}
              min={props.field.min}
              max={props.field.max}
              step={props.field.step}
              autocomplete={props.field.kind === "password" ? "new-password" : "off"}
              aria-invalid={props.wrong !== undefined}
              value={String(props.value ?? "")}
              onInput={(event) => props.onInput(event.currentTarget.value)}
            />
          </label>
        }
      >
        <Match when={props.field.kind === "check"}>
          <label class="line">
            <input
              type="checkbox"
              name={props.field.name}
              checked={Boolean(props.value)}
              onChange={(event) => props.onInput(event.currentTarget.checked)}
            />
            {t(props.field.label)}
          </label>
        </Match>
        <Match when={props.field.kind === "location"}>
          <LocationField
            name={props.field.name}
            label={t(props.field.label)}
            value={String(props.value ?? "")}
            required={props.field.required}
            wrong={props.wrong !== undefined}
            search={props.search}
            centerId={props.centerId}
            home={home()}
            onInput={(value) => props.onInput(value)}
          />
        </Match>
        <Match when={props.field.kind === "address"}>
          <div class="field">
            <span>{t(props.field.label)}</span>
            <AddressBox
              name={props.field.name}
              label={t(props.field.label)}
              value={String(props.value ?? "")}
              centerId={props.centerId}
              required={props.field.required}
              invalid={props.wrong !== undefined}
              onInput={(value) => props.onInput(value)}
              onTake={(found) => {
                props.onInput(found.short ?? found.label);
                if (found.location)
                  props.onPlace(`${degrees(found.location.lat)}, ${degrees(found.location.lng)}`);
              }}
            />
          </div>
        </Match>
        <Match when={props.field.kind === "hours"}>
          <HoursField
            value={props.value as Hours[]}
            wrong={props.wrongPart}
            onInput={(value) => props.onInput(value)}
          />
        </Match>
        <Match when={props.field.kind === "area"}>
          <AreaField
            label={t(props.field.label)}
            value={(props.value || undefined) as Area | undefined}
            home={home()}
            invalid={props.wrong !== undefined}
            onInput={(area) => props.onInput(area)}
          />
        </Match>
        <Match when={props.field.kind === "center"}>{select(centers())}</Match>
        <Match when={props.field.kind === "centers"}>{many(centers())}</Match>
        <Match when={props.field.kind === "scopes"}>
          {many(scopes.map(({ value, label }) => ({ value, label: t(label), code: value })))}
        </Match>
        <Match when={props.field.kind === "events"}>
          <HookEvents
            label={t(props.field.label)}
            value={props.value as string[]}
            onInput={(events) => props.onInput(events)}
          />
        </Match>
        <Match when={props.field.kind === "select"}>
          {select((props.field.options ?? []).map((o) => ({ value: o.value, label: t(o.label) })))}
        </Match>
      </Switch>
      <Show when={props.field.hint}>{(hint) => <small class="muted small">{t(hint())}</small>}</Show>
      <Show when={props.wrong}>
        <small class="field-error">{props.wrong}</small>
      </Show>
    </div>
  );
}

/** Deleting can't be undone: it takes two presses. */
function DeleteButton(props: { onDelete: () => void }) {
  const [sure, setSure] = createSignal(false);
  return (
    <button
      type="button"
      class="danger"
      onBlur={() => setSure(false)}
      onClick={() => (sure() ? props.onDelete() : setSure(true))}
    >
      {sure() ? t("set.deleteSure") : t("set.delete")}
    </button>
  );
}
