import * as audit from "./audit.ts";
import * as board from "./board.ts";
import * as chat from "./chat.ts";
import * as common from "./common.ts";
import * as intake from "./intake.ts";
import * as list from "./list.ts";
import * as map from "./map.ts";
import * as ops from "./ops.ts";
import * as plan from "./plan.ts";
import * as rider from "./rider.ts";
import * as settings from "./settings.ts";
import * as tracking from "./tracking.ts";
import * as trouble from "./trouble.ts";
import * as webhooks from "./webhooks.ts";

/** Every text of the pages, an area a file; both languages have the same keys (a test compares them). */
export const en = {
  ...audit.en,
  ...board.en,
  ...chat.en,
  ...common.en,
  ...intake.en,
  ...map.en,
  ...list.en,
  ...ops.en,
  ...plan.en,
  ...rider.en,
  ...settings.en,
  ...tracking.en,
  ...trouble.en,
  ...webhooks.en,
};

export type Key = keyof typeof en;

export const ko: Record<Key, string> = {
  ...audit.ko,
  ...board.ko,
  ...chat.ko,
  ...common.ko,
  ...intake.ko,
  ...map.ko,
  ...list.ko,
  ...ops.ko,
  ...plan.ko,
  ...rider.ko,
  ...settings.ko,
  ...tracking.ko,
  ...trouble.ko,
  ...webhooks.ko,
};
