// Bytes, digits and text: the small tools that every other part uses.

const digitsOf = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"));

/** The value of each byte as a digit 0-9a-f, 255 for every other byte. */
export const digitValue = new Uint8Array(256).fill(255);
for (let value = 0; value < 16; value++) digitValue["0123456789abcdef".charCodeAt(value)] = value;

export function toHex(bytes, from = 0, to = bytes.length) {
    let text = "";
    for (let at = from; at < to; at++) text += digitsOf[bytes[at]];
    return text;
}

/** The bytes of a text that is known to be an even number of digits. */
export function fromHex(text) {
    const bytes = new Uint8Array(text.length / 2);
    for (let at = 0; at < bytes.length; at++)
        bytes[at] = (digitValue[text.charCodeAt(2 * at)] << 4) | digitValue[text.charCodeAt(2 * at + 1)];
    return bytes;
}

const encoder = new TextEncoder();
export const toUtf8 = (text) => encoder.encode(text);

// Fatal, and keeping U+FEFF: what was read is exactly what was written.
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text of the bytes, or null when they are not valid UTF-8. */
export function fromUtf8(bytes) {
    try {
        return strict.decode(bytes);
    } catch {
        return null;
    }
}

/** The text of the bytes for a message; what is not valid is shown as U+FFFD. */
export const shown = (bytes) => lenient.decode(bytes);

export function u32(value) {
    return new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]);
}

export function u64(value) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
    return bytes;
}

/** A column of numbers that grows; `done` gives it at its true length. */
export class Column {
    constructor(Type) {
        this.Type = Type;
        this.values = new Type(1024);
        this.length = 0;
    }
    push(value) {
        this.room(1);
        this.values[this.length++] = value;
    }
    /** Makes room for `count` more and returns where they begin. */
    room(count) {
        if (this.length + count > this.values.length) {
            const wider = new this.Type(Math.max(2 * this.values.length, this.length + count));
            wider.set(this.values);
            this.values = wider;
        }
        return this.length;
    }
    done() {
        return this.values.slice(0, this.length);
    }
}
