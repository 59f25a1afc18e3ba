// CRC-32 as in zip and PNG: polynomial 0xEDB88320, reflected, inverted before and after.
// It proves nothing; it finds the line in which somebody changed something.

const table = new Int32Array(256);
for (let value = 0; value < 256; value++) {
    let rest = value;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
    table[value] = rest;
}

export function crc32(bytes, from = 0, to = bytes.length) {
    let rest = -1;
    for (let at = from; at < to; at++) rest = (rest >>> 8) ^ table[(rest ^ bytes[at]) & 255];
    return ~rest >>> 0;
}
