// SM2 signatures (GB/T 32918-2016, curve sm2p256v1): does one hold? With numbers of any length and no attempt at equal
// time: all that goes in is public.
// No literals of large numbers (10n): browsers without them shall read the file, and be told that signatures were not
// checked.

const hex = (digits) => BigInt(`0x${digits}`);

// Curve y² = x³ + ax + b over p, the point G of order n, a = p - 3; as fixed in GB/T 32918.5.
const TEXT = {
  p: 'fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff',
  a: 'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc',
  b: '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93',
  n: 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123',
  gx: '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7',
  gy: 'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
};
const IDENTITY = '1234567812345678';

let curve = null;
function open() {
  if (!curve) {
    curve = { zero: BigInt(0), one: BigInt(1), two: BigInt(2), three: BigInt(3), four: BigInt(4), eight: BigInt(8) };
    Object.keys(TEXT).forEach((name) => { curve[name] = hex(TEXT[name]); });
    curve.g = { x: curve.gx, y: curve.gy, z: curve.one };
  }
  return curve;
}

const mod = (value, by) => {
  const rest = value % by;
  return rest < BigInt(0) ? rest + by : rest;
};

// 1/value by Euclid; value is not a multiple of the prime.
function inverse(value, by) {
  const { zero, one } = open();
  let [a, b, u, v] = [mod(value, by), by, one, zero];
  while (a > one) {
    const times = b / a;
    [a, b] = [b - times * a, a];
    [u, v] = [v - times * u, u];
  }
  return mod(u, by);
}

// Points as (x/z², y/z³); z = 0 is the point at infinity.
function double(q) {
  const { p, two, three, four, eight, zero } = open();
  if (q.z === zero || q.y === zero) {
    return { x: BigInt(1), y: BigInt(1), z: zero };
  }
  const zz = q.z * q.z % p;
  const yy = q.y * q.y % p;
  const s = four * q.x * yy % p;
  const m = three * (q.x - zz) * (q.x + zz) % p; // 3x² + az⁴ with a = -3
  const x = mod(m * m - two * s, p);
  return { x, y: mod(m * (s - x) - eight * yy * yy, p), z: two * q.y * q.z % p };
}

function sum(q, r) {
  const { p, two, zero } = open();
  if (q.z === zero) {
    return r;
  }
  if (r.z === zero) {
    return q;
  }
  const qq = q.z * q.z % p;
  const rr = r.z * r.z % p;
  const u = q.x * rr % p;
  const h = mod(r.x * qq - u, p);
  const s = q.y * rr * r.z % p;
  const d = mod(r.y * qq * q.z - s, p);
  if (h === zero) {
    return d === zero ? double(q) : { x: BigInt(1), y: BigInt(1), z: zero };
  }
  const hh = h * h % p;
  const hhh = h * hh % p;
  const v = u * hh % p;
  const x = mod(d * d - hhh - two * v, p);
  return { x, y: mod(d * (v - x) - s * hhh, p), z: h * q.z % p * r.z % p };
}

// first·g + second·q, both walked at once.
function twoTimes(first, g, second, q) {
  const { one, zero } = open();
  const both = sum(g, q);
  let out = { x: one, y: one, z: zero };
  const bits = (value) => value.toString(2).padStart(256, '0');
  const [f, s] = [bits(first), bits(second)];
  for (let i = 0; i < 256; i += 1) {
    out = double(out);
    if (f[i] === '1' && s[i] === '1') {
      out = sum(out, both);
    } else if (f[i] === '1') {
      out = sum(out, g);
    } else if (s[i] === '1') {
      out = sum(out, q);
    }
  }
  return out;
}

const digits = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
const bytesOf = (text) => Uint8Array.from(text.match(/../g) || [], (two) => parseInt(two, 16));
const ascii = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
function join(...parts) {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  parts.forEach((part) => { out.set(part, at); at += part.length; });
  return out;
}

// The hash that is signed: SM3(Z ‖ message), Z = SM3(identity's bits ‖ identity ‖ a ‖ b ‖ G ‖ key).
function signedHash(sm3, key, message) {
  const name = ascii(IDENTITY);
  const z = sm3(join(Uint8Array.of(name.length * 8 >> 8, name.length * 8 & 255), name,
    bytesOf(TEXT.a + TEXT.b + TEXT.gx + TEXT.gy), key.subarray(1)));
  return hex(digits(sm3(join(z, message))));
}

export const canCheckSignatures = typeof BigInt === 'function';

// key: 65 bytes, 04 ‖ x ‖ y; signature: 64 bytes, r ‖ s; sm3: bytes to 32 bytes.
export function signatureHolds(sm3, key, signature, message) {
  const { p, a, b, n, g, zero, one } = open();
  if (key.length !== 65 || key[0] !== 4 || signature.length !== 64) {
    return false;
  }
  const x = hex(digits(key.subarray(1, 33)));
  const y = hex(digits(key.subarray(33)));
  const r = hex(digits(signature.subarray(0, 32)));
  const s = hex(digits(signature.subarray(32)));
  const onCurve = x < p && y < p && mod(y * y - (x * x * x + a * x + b), p) === zero;
  const t = (r + s) % n;
  if (!onCurve || r < one || r >= n || s < one || s >= n || t === zero) {
    return false;
  }
  const point = twoTimes(s, g, t, { x, y, z: one });
  if (point.z === zero) {
    return false;
  }
  const back = inverse(point.z, p);
  const affine = point.x * back % p * back % p;
  return (signedHash(sm3, key, message) + affine) % n === r;
}
