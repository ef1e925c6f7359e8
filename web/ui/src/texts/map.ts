export const en = {
  "map.label": "Map: arrow keys move it, + and − zoom",
  "map.in": "Zoom in",
  "map.out": "Zoom out",
};

export const ko: Record<keyof typeof en, string> = {
  "map.label": "지도: 화살표 키로 이동, +와 −로 확대·축소",
  "map.in": "확대",
  "map.out": "축소",
};
