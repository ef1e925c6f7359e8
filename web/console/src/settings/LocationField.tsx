import { t } from "@bros/ui";
import { createSignal, Show } from "solid-js";
import { AddressBox } from "../AddressBox.tsx";
import { PinMap } from "../intake/PinMap.tsx";
import { parseLocation } from "./entities.ts";

/**
 * A place: two numbers, or a pin on the map, by click, hand or arrow keys. `search`: an address
 * can be looked for, where the record has no field of its own for it.
 */
export default function LocationField(props: {
  name: string;
  label: string;
  value: string;
  required?: boolean;
  wrong: boolean;
  search: boolean;
  centerId?: string;
  home: { lat: number; lng: number };
  onInput: (text: string) => void;
}) {
  const [typed, setTyped] = createSignal("");
  const set = (at: { lat: number; lng: number }) => props.onInput(`${short(at.lat)}, ${short(at.lng)}`);
  return (
    <div class="field location-field">
      <Show when={props.search}>
        <span>{t("address.search")}</span>
        <AddressBox
          name={`${props.name}Search`}
          label={t("address.search")}
          value={typed()}
          centerId={props.centerId}
          onInput={setTyped}
          onTake={(found) => {
            setTyped(found.short ?? found.label);
            if (found.location) set(found.location);
          }}
        />
      </Show>
      <label class="field">
        <span>{props.label}</span>
        <input
          name={props.name}
          type="text"
          autocomplete="off"
          required={props.required}
          aria-invalid={props.wrong}
          value={props.value}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      </label>
      <PinMap home={props.home} door={parseLocation(props.value)} onPin={set} />
    </div>
  );
}

/** A tenth of a metre is more than a pin knows. */
const short = (degrees: number) => Number(degrees.toFixed(6));
