// Merkle roots and proofs straight from the definition of RFC 6962, by recursion and with
// Node's hashes.
import { createHash } from "node:crypto";

const hashOf = (name, ...parts) => {
    const hash = createHash(name);
    for (const part of parts) hash.update(part);
    return hash.digest();
};

export const leaves = (name, lines) => lines.map((line) => hashOf(name, Buffer.from([0]), line));

const split = (count) => {
    let size = 1;
    while (size * 2 < count) size *= 2;
    return size;
};

export function rootOf(name, all) {
    if (all.length === 0) return hashOf(name);
    if (all.length === 1) return all[0];
    const size = split(all.length);
    return hashOf(name, Buffer.from([1]), rootOf(name, all.slice(0, size)), rootOf(name, all.slice(size)));
}

/** The nodes of the proof of one leaf, from its sibling upwards. */
export function proofNodes(name, all, index) {
    if (all.length <= 1) return [];
    const size = split(all.length);
    if (index < size) return [...proofNodes(name, all.slice(0, size), index), rootOf(name, all.slice(size))];
    return [...proofNodes(name, all.slice(size), index - size), rootOf(name, all.slice(0, size))];
}
