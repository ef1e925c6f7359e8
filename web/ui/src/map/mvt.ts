/** What of a vector tile the map draws. */
export interface Feature {
  /** 1 points, 2 lines, 3 rings. */
  type: number;
  tags: Record<string, string>;
  /** Parts; of each x, y, x, y … in units of the layer's extent. */
  parts: Int32Array[];
}

export interface Layer {
  name: string;
  extent: number;
  features: Feature[];
}

const utf8 = new TextDecoder();

/** Walks the fields of a protobuf message. Whatever is not whole throws. */
class Reader {
  at: number;
  readonly end: number;
  constructor(
    readonly bytes: Uint8Array,
    at = 0,
    end = bytes.length,
  ) {
    this.at = at;
    this.end = end;
  }

  varint(): number {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined || this.at > this.end || shift > 2 ** 63)
        throw new RangeError("a tile is cut off");
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  }

  /** The next field that has a length or a number; 0: the end. */
  each(take: (field: number, wire: number) => void): void {
    while (this.at < this.end) {
      const head = this.varint();
      const wire = head & 7;
      const before = this.at;
      take(head >>> 3, wire);
      if (this.at === before) this.skip(wire);
    }
  }

  sub(): Reader {
    const size = this.varint();
    if (this.at + size > this.end) throw new RangeError("a tile is cut off");
    const inner = new Reader(this.bytes, this.at, this.at + size);
    this.at += size;
    return inner;
  }

  text(): string {
    const inner = this.sub();
    return utf8.decode(this.bytes.subarray(inner.at, inner.end));
  }

  skip(wire: number): void {
    if (wire === 0) this.varint();
    else if (wire === 1) this.at += 8;
    else if (wire === 2) this.sub();
    else if (wire === 5) this.at += 4;
    else throw new RangeError("a tile has a field of no known kind");
  }
}

/** Reads a vector tile (Mapbox specification 2.1), of the layers that are wanted. */
export function decode(data: ArrayBuffer, wanted: (layer: string) => boolean): Layer[] {
  const layers: Layer[] = [];
  const tile = new Reader(new Uint8Array(data));
  tile.each((field) => {
    if (field === 3) {
      const layer = readLayer(tile.sub(), wanted);
      if (layer) layers.push(layer);
    }
  });
  return layers;
}

function readLayer(r: Reader, wanted: (layer: string) => boolean): Layer | undefined {
  let name = "";
  let extent = 4096;
  const features: Reader[] = [];
  const keys: string[] = [];
  const values: string[] = [];
  r.each((field) => {
    if (field === 1) name = r.text();
    else if (field === 2) features.push(r.sub());
    else if (field === 3) keys.push(r.text());
    else if (field === 4) values.push(readValue(r.sub()));
    else if (field === 5) extent = r.varint();
  });
  if (!wanted(name)) return undefined;
  return { name, extent, features: features.map((f) => readFeature(f, keys, values)) };
}

/** Numbers and yes-or-no are texts, too: nothing here counts with them. */
function readValue(r: Reader): string {
  let text = "";
  const view = new DataView(r.bytes.buffer, r.bytes.byteOffset);
  r.each((field) => {
    if (field === 1) text = r.text();
    else if (field === 2) {
      text = String(view.getFloat32(r.at, true));
      r.at += 4;
    } else if (field === 3) {
      text = String(view.getFloat64(r.at, true));
      r.at += 8;
    } else if (field === 4 || field === 5) text = String(r.varint());
    else if (field === 6) text = String(unzigzag(r.varint()));
    else if (field === 7) text = r.varint() ? "true" : "";
  });
  return text;
}

function unzigzag(n: number): number {
  return n % 2 === 1 ? -(n + 1) / 2 : n / 2;
}

function readFeature(r: Reader, keys: string[], values: string[]): Feature {
  const feature: Feature = { type: 0, tags: {}, parts: [] };
  r.each((field) => {
    if (field === 2) {
      const tags = r.sub();
      while (tags.at < tags.end) {
        const key = keys[tags.varint()];
        const value = values[tags.varint()];
        if (key !== undefined && value !== undefined) feature.tags[key] = value;
      }
    } else if (field === 3) feature.type = r.varint();
    else if (field === 4) feature.parts = readParts(r.sub());
  });
  return feature;
}

function readParts(r: Reader): Int32Array[] {
  const parts: Int32Array[] = [];
  let part: number[] = [];
  const close = () => {
    if (part.length > 0) parts.push(Int32Array.from(part));
    part = [];
  };
  let x = 0;
  let y = 0;
  while (r.at < r.end) {
    const command = r.varint();
    const what = command & 7;
    if (what === 7) continue; // rings are closed when they are filled
    for (let n = command >>> 3; n > 0; n--) {
      if (what === 1) close();
      x += unzigzag(r.varint());
      y += unzigzag(r.varint());
      part.push(x, y);
    }
  }
  close();
  return parts;
}
