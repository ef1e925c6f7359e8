import {
  Api,
  type Center,
  type Delivery,
  type NewOrder,
  type Order,
  Rest,
  type Rider,
  type Shop,
} from "@bros/sdk";
import { adminPassword } from "./server.ts";

export const password = "a-good-password";

/** A center with two shops, riders and staff, and a client that speaks as the administrator. */
export interface World {
  api: Api;
  center: Center;
  shops: Shop[];
  riders: Rider[];
}

async function loggedIn(url: string, login: string, word: string): Promise<Api> {
  let token: string | undefined;
  const api = new Api(new Rest({ base: url, token: () => token }));
  token = (await api.login(login, word)).data.token;
  return api;
}

/** Speaks as a rider. */
export function as(url: string, login: string): Promise<Api> {
  return loggedIn(url, login, password);
}

export async function seed(url: string, assignMode: Center["assignMode"] = "dispatch"): Promise<World> {
  const api = await loggedIn(url, "admin", adminPassword);
  const place = (i: number) => ({ lat: 37.5145 + i * 0.002, lng: 127.1059 + i * 0.003 });
  const { data: center } = await api.create<Center>("centers", {
    code: "songpa",
    name: "송파센터",
    location: place(0),
    timezone: "Asia/Seoul",
    currency: "KRW",
    assignMode,
  });
  const shops: Shop[] = [];
  for (const [i, name] of ["한솥 잠실점", "교촌 방이점", "맘스터치 석촌점"].entries()) {
    const body = {
      centerId: center.id,
      name,
      phone: `0212345${670 + i}`,
      address: `올림픽로 ${100 + i * 20}`,
      location: place(i),
      prepMinutes: 15,
    };
    shops.push((await api.create<Shop>("shops", body)).data);
  }
  const riders: Rider[] = [];
  for (const [i, name] of ["김라이더", "이배달", "최번개"].entries()) {
    const body = {
      centerId: center.id,
      name,
      phone: `0105555000${i}`,
      vehicle: "motorcycle",
      capacity: 3,
      login: `rider${i + 1}`,
      password,
    };
    riders.push((await api.create<Rider>("riders", body)).data);
  }
  for (const role of ["agent", "dispatcher", "manager"]) {
    const name = { agent: "이상담", dispatcher: "박관제", manager: "정매니저" }[role];
    await api.create("users", { login: role, password, name, role, centerIds: [center.id] });
  }
  return { api, center, shops, riders };
}

let orders = 0;

/** An order as a shop's app sends it. */
export function order(world: World, extra: Partial<NewOrder> = {}): NewOrder {
  const n = ++orders;
  const menu = ["치킨마요 도시락", "허니콤보", "싸이버거 세트", "돈까스 정식"];
  const names = ["김민수", "박서연", "최지우", "이도윤", "정하은"];
  return {
    shopId: world.shops[n % world.shops.length]?.id ?? "",
    channel: "app",
    externalId: `e2e-${process.pid}-${n}`,
    customer: {
      name: names[n % names.length],
      phone: `0102345${String(1000 + n)}`,
      address: `올림픽로 ${280 + n}`,
      addressDetail: `${100 + n}호`,
      location: { lat: 37.516 + (n % 9) * 0.001, lng: 127.1 + (n % 7) * 0.002 },
    },
    items: [{ name: menu[n % menu.length] ?? "", quantity: 1 + (n % 2), price: 9_500 }],
    payment: {
      method: (["card", "cash", "prepaid"] as const)[n % 3] ?? "card",
      amount: 9_500 * (1 + (n % 2)),
    },
    ...extra,
  };
}

/** An order that is accepted already: its delivery waits. */
export async function waiting(
  world: World,
  extra: Partial<NewOrder> = {},
): Promise<{ order: Order; delivery: Delivery }> {
  const { data } = await world.api.createOrder(order(world, { accept: true, ...extra }));
  if (!data.delivery) throw new Error("accepted without a delivery");
  return { order: data.order, delivery: data.delivery };
}
