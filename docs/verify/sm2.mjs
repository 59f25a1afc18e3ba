// Signatures with SM2 (GB/T 32918.2) on the curve sm2p256v1: the check alone.
//
// The message is hashed with SM3 behind ZA, which binds the signer's identity, the curve and
// the key. Points are held as (X, Y, Z) with x = X/Z², y = Y/Z³, so that only one division
// is needed at the end. Nothing here is secret; nothing needs constant time.
import { sm3 } from "./sm3.mjs";
import { fromHex, toHex, toUtf8 } from "./bytes.mjs";

const p = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const a = p - 3n;
const b = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
export const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
export const base = [
    0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
    0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
];
const identity = "1234567812345678";

const within = (value, modulus) => ((value % modulus) + modulus) % modulus;
const digits = (value) => value.toString(16).padStart(64, "0");

export function inverse(value, modulus) {
    let [r0, r1, t0, t1] = [modulus, within(value, modulus), 0n, 1n];
    while (r1 !== 0n) {
        const q = r0 / r1;
        [r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1];
    }
    return within(t0, modulus);
}

const nowhere = [1n, 1n, 0n];

function double([x, y, z]) {
    if (z === 0n || y === 0n) return nowhere;
    const yy = (y * y) % p;
    const s = (4n * x * yy) % p;
    const z2 = (z * z) % p;
    const m = (3n * x * x + a * ((z2 * z2) % p)) % p;
    const x3 = within(m * m - 2n * s, p);
    return [x3, within(m * (s - x3) - 8n * yy * yy, p), (2n * y * z) % p];
}

function add(one, two) {
    if (one[2] === 0n) return two;
    if (two[2] === 0n) return one;
    const [x1, y1, z1] = one;
    const [x2, y2, z2] = two;
    const z11 = (z1 * z1) % p;
    const z22 = (z2 * z2) % p;
    const u1 = (x1 * z22) % p;
    const h = within(x2 * z11 - u1, p);
    const s1 = (((y1 * z2) % p) * z22) % p;
    const r = within(((y2 * z1) % p) * z11 - s1, p);
    if (h === 0n) return r === 0n ? double(one) : nowhere;
    const hh = (h * h) % p;
    const hhh = (h * hh) % p;
    const v = (u1 * hh) % p;
    const x3 = within(r * r - hhh - 2n * v, p);
    return [x3, within(r * (v - x3) - s1 * hhh, p), (((h * z1) % p) * z2) % p];
}

/** times · point, for a point given as [x, y]. */
function multiply(times, point) {
    const one = [point[0], point[1], 1n];
    let sum = nowhere;
    for (const bit of times.toString(2)) {
        sum = double(sum);
        if (bit === "1") sum = add(sum, one);
    }
    return sum;
}

/** The point as [x, y], or null for the point at infinity. */
function plain([x, y, z]) {
    if (z === 0n) return null;
    const over = inverse(z, p);
    const over2 = (over * over) % p;
    return [(x * over2) % p, (((y * over2) % p) * over) % p];
}

export const multiplyPlain = (times, point) => plain(multiply(times, point));

/** The point of a key of 130 digits, or null when it is none of the curve's. */
export function readKey(key) {
    if (!key.startsWith("04")) return null;
    const x = BigInt("0x" + key.slice(2, 66));
    const y = BigInt("0x" + key.slice(66));
    if (x >= p || y >= p) return null;
    return within(y * y - (x * x * x + a * x + b), p) === 0n ? [x, y] : null;
}

/** e of the standard: the hash of the message behind ZA, as a number. */
export function messageNumber(key, message) {
    const name = toUtf8(identity);
    const bits = name.length * 8;
    const curve = [a, b, ...base].map(digits).join("") + key.slice(2);
    const za = sm3(new Uint8Array([bits >>> 8, bits & 255]), name, fromHex(curve));
    return BigInt("0x" + toHex(sm3(za, toUtf8(message))));
}

/** Whether `signature` (r ‖ s, 128 digits) by `key` (130 digits) is one of `message`. */
export function verifySm2(key, signature, message) {
    const point = readKey(key);
    if (!point) return false;
    const r = BigInt("0x" + signature.slice(0, 64));
    const s = BigInt("0x" + signature.slice(64));
    if (r < 1n || r >= order || s < 1n || s >= order) return false;
    const t = (r + s) % order;
    if (t === 0n) return false;
    const found = plain(add(multiply(s, base), multiply(t, point)));
    return found !== null && (messageNumber(key, message) + found[0]) % order === r;
}
