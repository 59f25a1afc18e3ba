// SM3 (GB/T 32905-2016) and HMAC with it.
import { BlockHash } from "./hash.mjs";

const start = new Int32Array([
    0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
]);
// The constant of each round, turned as the round wants it.
const turned = new Int32Array(64);
for (let round = 0; round < 64; round++) {
    const constant = round < 16 ? 0x79cc4519 : 0x7a879d8a;
    const by = round & 31;
    turned[round] = by === 0 ? constant : (constant << by) | (constant >>> (32 - by));
}
const words = new Int32Array(68);

function compress(state, bytes, at) {
    const w = words;
    for (let j = 0; j < 16; j++, at += 4)
        w[j] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    for (let j = 16; j < 68; j++) {
        const near = w[j - 3];
        const far = w[j - 13];
        const x = w[j - 16] ^ w[j - 9] ^ ((near << 15) | (near >>> 17));
        w[j] = x ^ ((x << 15) | (x >>> 17)) ^ ((x << 23) | (x >>> 9)) ^ ((far << 7) | (far >>> 25)) ^ w[j - 6];
    }
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    for (let j = 0; j < 64; j++) {
        const a12 = (a << 12) | (a >>> 20);
        let ss1 = (a12 + e + turned[j]) | 0;
        ss1 = (ss1 << 7) | (ss1 >>> 25);
        const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
        const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
        const tt1 = (ff + d + (ss1 ^ a12) + (w[j] ^ w[j + 4])) | 0;
        const tt2 = (gg + h + ss1 + w[j]) | 0;
        d = c;
        c = (b << 9) | (b >>> 23);
        b = a;
        a = tt1;
        h = g;
        g = (f << 19) | (f >>> 13);
        f = e;
        e = tt2 ^ ((tt2 << 9) | (tt2 >>> 23)) ^ ((tt2 << 17) | (tt2 >>> 15));
    }
    state[0] ^= a;
    state[1] ^= b;
    state[2] ^= c;
    state[3] ^= d;
    state[4] ^= e;
    state[5] ^= f;
    state[6] ^= g;
    state[7] ^= h;
}

export class Sm3 extends BlockHash {
    constructor() {
        super(compress, start);
    }
}

export const sm3 = (...parts) => {
    const hash = new Sm3();
    for (const part of parts) hash.update(part);
    return hash.digest();
};

/** HMAC-SM3 under one key of at most 64 bytes, for messages that begin alike. */
export class HmacSm3 {
    constructor(key, beginning) {
        const padded = new Uint8Array(64);
        padded.set(key);
        this.inner = new Sm3().update(padded.map((byte) => byte ^ 0x36)).update(beginning);
        this.outer = new Sm3().update(padded.map((byte) => byte ^ 0x5c));
        this.hash = new Sm3();
        this.middle = new Uint8Array(32);
    }
    /** Writes the 32 bytes for beginning ‖ bytes[from..to) ‖ rest into `into`. */
    of(bytes, from, to, rest, into) {
        this.hash.follow(this.inner).update(bytes, from, to);
        if (rest) this.hash.update(rest);
        this.hash.finish(this.middle, 0);
        this.hash.follow(this.outer).update(this.middle).finish(into, 0);
        return into;
    }
}
