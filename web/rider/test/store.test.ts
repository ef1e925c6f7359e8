import { beforeEach, expect, test } from "vitest";
import { worthKeeping } from "../src/positions.ts";
import { type Act, Store } from "../src/store.ts";
import { delivery, freshPhone, Phone } from "./helpers.ts";

beforeEach(freshPhone);

const act: Act = { userId: "u", key: "k", what: "pickup", deliveryId: "1", number: "1", shop: "s" };

test("a store that the system has closed is opened again", async () => {
  const databases: IDBDatabase[] = [];
  const { open } = indexedDB;
  indexedDB.open = (...args) => {
    const request = open.apply(indexedDB, args);
    request.addEventListener("success", () => databases.push(request.result));
    return request;
  };
  const store = await Store.open();
  await store.add(act);
  for (const database of databases) database.close();
  await store.add({ ...act, key: "l" });
  expect((await store.acts("u")).map(({ key }) => key)).toEqual(["k", "l"]);
});

test("a store that hangs is given up, and opened when it can be", async () => {
  await (await Store.open()).acts("u");
  const { open } = indexedDB;
  indexedDB.open = (...args) => {
    const request = open.apply(indexedDB, args);
    request.addEventListener = () => {}; // its answer is never heard
    return request;
  };
  const store = await Store.open(100);
  await expect(store.acts("u")).rejects.toThrow("does not answer");
  indexedDB.open = open;
  await store.add(act);
  expect(await store.acts("u")).toHaveLength(1);
});

test("what the system throws away is put back by the page that knows it", async () => {
  const phone = await new Phone().start();
  phone.server.line = () => "lost";
  await phone.outbox.add({ what: "pickup", delivery: delivery("1") });
  freshPhone(); // emptied under the page …
  phone.store.lost(); // … which finds it so when it opens it anew
  await phone.later();
  expect(phone.shown.acts).toMatchObject([{ deliveryId: "1" }]);
  phone.server.line = () => "ok";
  await phone.outbox.flush();
  expect(phone.server.done).toHaveLength(1);
});

test("a clock that was set back does not stop the places", () => {
  const at = (ms: number) => ({ lat: 37, lng: 127, at: new Date(ms).toISOString() });
  expect(worthKeeping(at(1_200_000), at(0), "ride")).toBe(true);
  expect(worthKeeping(at(5_000), at(0), "ride")).toBe(false);
});
