/** The plan in a window of its own, for the second monitor; again brings that one to the front. */
export function openPlan(centerIds: readonly string[]): void {
  const url = new URL("/plan", location.href);
  url.searchParams.set("centerId", centerIds.join(","));
  const lang = new URLSearchParams(location.search).get("lang");
  if (lang) url.searchParams.set("lang", lang);
  window.open(url, "bros-plan", "popup,width=1100,height=760")?.focus();
}
