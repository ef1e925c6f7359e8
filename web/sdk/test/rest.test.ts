import { expect, test } from "vitest";
import { Problem } from "../src/rest/problem.ts";
import { newKey, parseSeq, Rest } from "../src/rest/rest.ts";

type Reply = Response | Error;

function rest(...replies: Reply[]) {
  const calls: { url: string; headers: Record<string, string> }[] = [];
  const waits: number[] = [];
  const client = new Rest({
    fetch: (async (url: string, init: RequestInit) => {
      calls.push({ url, headers: init.headers as Record<string, string> });
      const reply = replies[Math.min(calls.length, replies.length) - 1];
      if (reply instanceof Error) throw reply;
      return reply?.clone();
    }) as typeof fetch,
    sleep: async (ms) => {
      waits.push(ms);
    },
    random: () => 0.5,
  });
  return { client, calls, waits };
}

const ok = (headers = {}) => new Response('{"ok":true}', { status: 200, headers });
const problem = (status: number, body: object, headers = {}) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });

test("a write has a key, the browser's mark, and tells its number", async () => {
  const { client, calls } = rest(ok({ "BROS-Seq": "ab/c/17" }));
  const answer = await client.post("/orders", { a: 1 });
  expect(answer.seq).toEqual({ epoch: "ab/c", seq: 17 });
  expect(calls[0]?.headers["X-BROS-Request"]).toBe("1");
  expect(calls[0]?.headers["Idempotency-Key"]).toMatch(/^[0-9a-f]{32}$/);
});

test("a repeated write repeats its key; a POST that changes nothing has none", async () => {
  const { client, calls } = rest(new TypeError("reset"), ok());
  await client.post("/orders");
  expect(calls).toHaveLength(2);
  expect(calls[0]?.headers["Idempotency-Key"]).toBe(calls[1]?.headers["Idempotency-Key"]);
  const login = rest(ok());
  await login.client.post("/login", {}, { idempotencyKey: null });
  expect(login.calls[0]?.headers["Idempotency-Key"]).toBeUndefined();
});

test("503 and 429 wait as long as the server says", async () => {
  const busy = problem(503, { code: "unavailable" }, { "Retry-After": "3" });
  const { client, waits } = rest(busy, busy, ok());
  await client.get("/orders");
  expect(waits).toEqual([3200, 3200]);
});

test("a wait beyond patience is the caller's", async () => {
  const { client } = rest(problem(429, { code: "rate_limited" }, { "Retry-After": "60" }));
  await expect(client.get("/orders")).rejects.toMatchObject({ code: "rate_limited", retryAfter: 60 });
});

test("a refusal is a typed problem with what it carries", async () => {
  const body = {
    code: "conflict",
    detail: "someone was faster",
    requestId: "r1",
    current: { id: "d" },
    errors: [{ field: "customer.phone", message: "too short" }],
  };
  const { client, calls } = rest(problem(409, body));
  const error = await client.post("/deliveries/d/assign").catch((e) => e);
  expect(error).toBeInstanceOf(Problem);
  expect(error).toMatchObject({ code: "conflict", status: 409, requestId: "r1", current: { id: "d" } });
  expect(error.field("customer.phone")?.message).toBe("too short");
  expect(calls).toHaveLength(1);
});

test("a page of a proxy is a problem too", async () => {
  const { client } = rest(new Response("<html>", { status: 502 }));
  await expect(client.get("/x")).rejects.toMatchObject({ code: "http", status: 502 });
});

test("a PATCH is not repeated when no answer came", async () => {
  const { client, calls } = rest(new TypeError("reset"));
  await expect(client.patch("/shops/s", {})).rejects.toMatchObject({ code: "network" });
  expect(calls).toHaveLength(1);
});

test("empty query values are left out", () => {
  expect(new Rest().url("/orders", { q: "", status: undefined, limit: 5 })).toBe("/api/v1/orders?limit=5");
});

test.each([
  ["E/5", { epoch: "E", seq: 5 }],
  ["E", undefined],
  ["/5", undefined],
  [null, undefined],
])("BROS-Seq %s", (header, want) => {
  expect(parseSeq(header)).toEqual(want);
});

test("keys differ", () => {
  expect(newKey()).not.toBe(newKey());
});
