import { language } from "./i18n.ts";

/** What the server says of a field, in Korean: its English is a program's as much as a person's. */
const korean: [RegExp, string][] = [
  [/^is required( .*)?$/, "필수 항목입니다"],
  [/^has more than (\d+) characters$/, "$1자를 넘을 수 없습니다"],
  [/^must be between (-?\d+) and (-?\d+)$/, "$1에서 $2 사이여야 합니다"],
  [/^is no phone number.*$/, "전화번호 형식이 아닙니다"],
  [/^is no place on the globe$/, "올바른 위치가 아닙니다"],
  [/^is no number$/, "숫자가 아닙니다"],
  [/^never changes$/, "바꿀 수 없습니다"],
  [/^must be one of (.*)$/, "다음 중 하나여야 합니다: $1"],
  [/^must be 2 to 64 of .*$/, "영문 소문자, 숫자, . _ @ - 2~64자여야 합니다"],
  [/^must have (\d+) to (\d+) characters$/, "$1~$2자여야 합니다"],
  [/^is among the first that are guessed$/, "너무 흔한 비밀번호입니다"],
  [/^must be 1 to (\d+) letters, digits, _ and -$/, "영문, 숫자, _ - 1~$1자여야 합니다"],
  [/^must be 1 to (\d+)( of .*)?$/, "1~$1개여야 합니다"],
  [/^is no IANA time zone$/, "IANA 시간대가 아닙니다 (예: Asia/Seoul)"],
  [/^must be three capitals.*$/, "통화 코드는 대문자 세 글자입니다 (예: KRW)"],
  [/^must name at least one.*$/, "하나 이상 선택하세요"],
  [/^must be at most (.*)$/, "너무 많거나 깁니다 ($1)"],
  [/^is there already$/, "이미 있습니다"],
  [/^is taken$/, "이미 사용 중입니다"],
  [/^is no shop of this center$/, "이 센터의 가게가 아닙니다"],
  [/^takes no orders$/, "주문을 받지 않습니다"],
  [/^is closed$/, "영업이 끝났습니다"],
  [/^and password are needed together.*$/, "아이디와 비밀번호가 함께 필요합니다"],
  [/^of a rider never changes?$/, "라이더는 바꿀 수 없습니다"],
  [/^is empty$/, "비어 있습니다"],
  [/^has more than (\d+) rows$/, "$1줄을 넘을 수 없습니다"],
  [/^has no rows under its head$/, "머리글 아래에 줄이 없습니다"],
  [/^is no text$/, "텍스트 파일이 아닙니다"],
  [/^is neither UTF-8 nor CP949 text$/, "UTF-8이나 CP949(EUC-KR) 텍스트가 아닙니다"],
  [/^has an unknown column: (.*)$/, "알 수 없는 열: $1"],
  [/^has a column twice: (.*)$/, "열이 두 번 있습니다: $1"],
  [/^has no column: (.*)$/, "열이 없습니다: $1"],
  [/^is no CSV from line (\d+) on$/, "$1번째 줄부터 CSV가 아닙니다"],
  [/^is no CSV$/, "CSV가 아닙니다"],
  [/^is no rider.*|^is no longer a rider$/, "배달을 맡을 수 없는 라이더입니다"],
  [/^is nobody of this center$/, "이 센터의 사람이 아닙니다"],
  [/^is of the room: a private talk has none$/, "번호는 센터 채팅에만 있습니다"],
  [/^is oneself$/, "본인은 선택할 수 없습니다"],
  [/^or deliveredAt is required of a private talk$/, "1:1 대화에는 읽은 시각이나 전달된 시각이 필요합니다"],
  [/^must be a number of the chat$/, "채팅 번호여야 합니다"],
  [/^is required: times are of a private talk$/, "시각은 1:1 대화에만 씁니다. 상대를 선택하세요"],
  [/^is ahead of the chat$/, "아직 없는 채팅 번호입니다"],
  [/^is there twice$/, "두 번 있습니다"],
  [/^must be image\/jpeg.*$/, "JPEG, PNG, WebP 사진이어야 합니다"],
  [/^is no photo of this delivery$/, "이 배달의 사진이 아닙니다"],
  [/^is no base64$|^is no public key.*$|^must be 16 bytes.*$/, "알림 키가 올바르지 않습니다"],
  [/^is neither ko nor en$/, "ko 또는 en이어야 합니다"],
  [/^has more than (\d+) bytes$/, "$1바이트를 넘을 수 없습니다"],
  [
    /^is no https address$|^has a port of its own$|^is no address of a push service$/,
    "알림 주소가 올바르지 않습니다",
  ],
  [/^must say why the cash counted.*$/, "예상 금액과 다른 이유를 적어야 합니다"],
  [/^is more than 60 seconds ahead.*$/, "서버 시각보다 60초 넘게 앞서 있습니다"],
  [/^is more than 12 hours back$/, "12시간보다 오래되었습니다"],
  [/^must be an http or https address.*$/, "http 또는 https 주소여야 합니다"],
  [/^is not on duty$/, "출근하지 않았습니다"],
];

/** What is wrong with a field, in the page's language. */
export function fieldText(message: string): string {
  if (language() === "en") return message;
  for (const [pattern, text] of korean) {
    if (pattern.test(message)) return message.replace(pattern, text);
  }
  return message;
}
