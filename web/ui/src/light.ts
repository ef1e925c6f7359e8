// What a page without an account needs.
export * from "./format.ts";
export * from "./i18n.ts";
export { dark } from "./look.ts";
export { renewWhenReplaced } from "./renew.ts";
