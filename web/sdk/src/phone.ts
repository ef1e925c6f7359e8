/** Phone numbers by the server's rules (domain/phone.go); one table tests both. */

const extension =
  /^(.*\d[^\d]*?)\s*(?:ext(?:ension)?\.?|x|#|;ext=|,|내선(?:번호)?|\(내선)\s*:?\s*(\d{1,6})\s*\)?$/;
/** A Korean mobile number that a spreadsheet has taken the zero from. */
const mobile = /^1(?:0\d{8}|[16-9]\d{7,8})$/;
/** A Korean number without an area, 1588-1234. */
const service = /^1\d{7}$/;

/** The form in which a number is kept, however it was written: digits, and behind a comma its extension. */
export function normalizePhone(written: string): string | undefined {
  let text = written
    .replaceAll(/[\p{Cf}\p{Mn}\u3164]/gu, "")
    .replaceAll(/[！-～]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .trim()
    .toLowerCase()
    .replace(/^tel:/, "");
  let more = "";
  const parts = extension.exec(text);
  if (parts) {
    text = parts[1] ?? "";
    more = `,${parts[2]}`;
  }
  text = text.trim();
  if (!/^\(?\+?[\d.()/\p{Pd}\s]*$/u.test(text)) return undefined;
  const digits = text.replaceAll(/\D/g, "");
  if (digits.length < 3 || digits.length > 20) return undefined;
  return national(digits, text.includes("+")) + more;
}

function national(digits: string, abroad: boolean): string {
  let rest = digits.replace(/^82/, "");
  let korean = rest !== digits;
  if (!abroad) {
    if (/^0082\d{8}/.test(digits)) {
      rest = digits.slice(4);
      korean = true;
    } else korean &&= mobile.test(rest.replace(/^0/, "")) || /^0\d{8}/.test(rest);
  }
  if (korean && service.test(rest)) return rest;
  if (korean && rest.length >= 8) return `0${rest.replace(/^0/, "")}`;
  if (!korean && !abroad && mobile.test(digits)) return `0${digits}`;
  return digits;
}

/** What to dial for a kept number. */
export function phoneLink(kept: string | undefined): string {
  return `tel:${kept && foreign(kept) ? "+" : ""}${kept ?? ""}`;
}

/** A kept number grouped as Koreans say it: 010-2345-6789, 02-123-4567, 0507-1234-5678, 1588-1234, 02-123-4567 #12. */
export function showPhone(kept: string | undefined): string {
  if (!kept) return "";
  const [digits = "", more] = kept.split(",");
  return group(digits) + (more ? ` #${more}` : "");
}

function group(digits: string): string {
  if (service.test(digits)) return `${digits.slice(0, 4)}-${digits.slice(4)}`;
  if (foreign(digits)) return `+${digits}`;
  const area = digits.startsWith("02") ? 2 : digits.startsWith("050") ? 4 : 3;
  if (!digits.startsWith("0") || digits.length < area + 7) return digits;
  return `${digits.slice(0, area)}-${digits.slice(area, -4)}-${digits.slice(-4)}`;
}

/** Another country's number: it was written with a plus, which is not kept. */
function foreign(kept: string): boolean {
  return /^[1-9]\d{9,}/.test(kept);
}
