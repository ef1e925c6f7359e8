import type { ImportAnswer } from "@bros/sdk";
import { complain, explain, Icon, t, tell } from "@bros/ui";
import { api } from "../app.ts";

/** Areas as GeoJSON files: into the center and out of it. */
export function ZoneFiles(props: { centerId: string; onDone: () => void }) {
  let input!: HTMLInputElement;
  const take = async (file: File | undefined) => {
    input.value = "";
    if (!file) return;
    try {
      const { data } = await api.rest.post<ImportAnswer>(
        `/zones/import?centerId=${encodeURIComponent(props.centerId)}`,
        JSON.parse(await file.text()),
      );
      tell(t("area.imported", { n: data.created, changed: data.changed ?? 0 }));
      props.onDone();
    } catch (error) {
      complain(error instanceof SyntaxError ? t("area.notGeojson") : explain(error));
    }
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        name="zones"
        class="hidden-visually"
        tabindex="-1"
        aria-label={t("area.file")}
        accept=".geojson,.json,application/geo+json"
        onChange={(event) => void take(event.currentTarget.files?.[0])}
      />
      <button type="button" class="quiet" onClick={() => input.click()}>
        <Icon name="up" /> {t("set.import")}
      </button>
      <a
        class="button quiet"
        href={`/api/v1/zones.geojson?centerId=${encodeURIComponent(props.centerId)}`}
        download="zones.geojson"
      >
        <Icon name="down" /> {t("set.export")}
      </a>
    </>
  );
}
