import {
  Api,
  type AssignMode,
  type Center,
  type Delivery,
  type Live,
  type Order,
  Rest,
  type Role,
  type Shop,
  type User,
} from "@bros/sdk";
import { language } from "@bros/ui";
import { type Accessor, createContext, useContext } from "solid-js";

export const api = new Api(new Rest({ language }));

/** All shops of a center, however many pages they are. */
export async function everyShop(centerId: string): Promise<Shop[]> {
  const all: Shop[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.shops({ centerId, cursor });
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return all;
}

/** What every page of the console can use once somebody has logged in. */
export interface App {
  user: User;
  live: Live;
  /** Those that the user sees. */
  centers: Accessor<Center[]>;
  setCenters(centers: Center[]): void;
  /** Ids of those that are looked at. */
  chosen: Accessor<string[]>;
  choose(ids: string[]): void;
}

export const AppContext = createContext<App>();

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("outside of the app");
  return app;
}

const ranks: Role[] = ["rider", "agent", "dispatcher", "manager", "admin"];

/** Whether a role may do what needs at least this one. */
export function atLeast(role: Role, least: Role): boolean {
  return ranks.indexOf(role) >= ranks.indexOf(least);
}

/** Currency of a record's center. */
export function currencyOf(app: App, record: Order | Delivery): string {
  return app.centers().find((center) => center.id === record.centerId)?.currency ?? "KRW";
}

/** Who gives a center's deliveries to riders. */
export function centerMode(app: App, centerId: string): AssignMode | undefined {
  return app.centers().find((center) => center.id === centerId)?.assignMode;
}

/** Centers named in an address: `?centerId=a,b` or several of them. */
export function centersAsked(search: string): string[] {
  return new URLSearchParams(search)
    .getAll("centerId")
    .flatMap((value) => value.split(","))
    .filter(Boolean);
}
