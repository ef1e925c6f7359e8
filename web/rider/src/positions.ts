import { type Api, type Position, Problem } from "@bros/sdk";

export type Sharing = "on" | "off" | "none";

const sendEveryMs = 5_000;
/** What one call may carry. */
const mostPerCall = 500;
/** About an hour without signal; older ones are let go. */
const mostKept = 2_000;

/** Watches where the phone is and sends it in batches; without signal fixes wait. */
export function sharePositions(
  api: Pick<Api, "positions">,
  tell: (sharing: Sharing) => void,
): { stop: () => void } {
  if (!window.isSecureContext || !navigator.geolocation) {
    tell("none");
    return { stop: () => {} };
  }
  let fixes: Position[] = [];
  let sending = false;

  const watch = navigator.geolocation.watchPosition(
    (position) => {
      tell("on");
      fixes.push(fixOf(position));
      if (fixes.length > mostKept) fixes = fixes.slice(-mostKept);
    },
    (error) => {
      if (error.code === error.PERMISSION_DENIED) tell("off");
    },
    { enableHighAccuracy: true, maximumAge: 2_000 },
  );
  const send = async () => {
    if (sending || fixes.length === 0) return;
    sending = true;
    const batch = fixes.slice(0, mostPerCall);
    try {
      await api.positions(batch);
      fixes = fixes.slice(batch.length);
    } catch (error) {
      // Refused for good (a form error): sending the same again would never end.
      if (error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429) {
        fixes = fixes.slice(batch.length);
      }
    } finally {
      sending = false;
    }
  };
  const timer = setInterval(send, sendEveryMs);
  return {
    stop: () => {
      navigator.geolocation.clearWatch(watch);
      clearInterval(timer);
    },
  };
}

function fixOf({ coords, timestamp }: GeolocationPosition): Position {
  return {
    lat: coords.latitude,
    lng: coords.longitude,
    accuracy: coords.accuracy,
    heading: Number.isFinite(coords.heading) ? (coords.heading ?? undefined) : undefined,
    speed: coords.speed ?? undefined,
    at: new Date(timestamp).toISOString(),
  };
}
