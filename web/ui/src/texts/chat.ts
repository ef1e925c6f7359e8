export const en = {
  "chat.title": "Chat",
  "chat.empty": "Nothing said yet.",
  "chat.placeholder": "Message to everyone of the center",
  "chat.private": "only to you",
  "chat.privateTo": "only to {name}",
  "chat.whisper": "Write to {name} alone",
  "chat.to": "To {name} alone",
  "chat.toAll": "to everyone",
};

export const ko: Record<keyof typeof en, string> = {
  "chat.title": "채팅",
  "chat.empty": "아직 대화가 없습니다.",
  "chat.placeholder": "센터 전체에 보낼 메시지",
  "chat.private": "나에게만",
  "chat.privateTo": "{name}님에게만",
  "chat.whisper": "{name}님에게만 쓰기",
  "chat.to": "{name}님에게만",
  "chat.toAll": "모두에게",
};
