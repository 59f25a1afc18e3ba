// The tree of hashes over the lines of a table, of the shape of RFC 6962.
//
// A root is built while the lines go by: `pending` holds the roots of full subtrees, widest
// first, like the ones in a binary counter. Two of one width are joined at once, so that
// splitting "at the largest power of two below n" comes out by itself.

export class MerkleTree {
    constructor(Hash) {
        this.hash = new Hash();
        this.count = 0;
        this.pending = [];
    }
    /** The leaf of bytes[from..to). */
    add(bytes, from, to) {
        let node = leafHash(this.hash, bytes, from, to);
        for (let rest = this.count; rest % 2 === 1; rest = (rest - 1) / 2)
            node = nodeHash(this.hash, this.pending.pop(), node);
        this.pending.push(node);
        this.count++;
    }
    root() {
        if (this.count === 0) return this.hash.reset().digest();
        let node = this.pending.at(-1);
        for (let at = this.pending.length - 2; at >= 0; at--) node = nodeHash(this.hash, this.pending[at], node);
        return node;
    }
}

export function leafHash(hash, bytes, from = 0, to = bytes.length) {
    return hash.reset().byte(0).update(bytes, from, to).digest();
}

export function nodeHash(hash, left, right) {
    return hash.reset().byte(1).update(left).update(right).digest();
}

/**
 * Hashes upwards from a leaf (RFC 9162, section 2.1.3.2). Returns the root that the nodes
 * lead to, or null when there are too few or too many of them for this place in the tree.
 */
export function rootFromProof(hash, leaf, index, count, nodes) {
    if (index >= count) return null;
    let place = index;
    let last = count - 1;
    let root = leaf;
    for (const node of nodes) {
        if (last === 0) return null;
        if (place % 2 === 1 || place === last) {
            root = nodeHash(hash, node, root);
            while (place % 2 === 0 && place !== 0) {
                place /= 2;
                last = Math.floor(last / 2);
            }
        } else root = nodeHash(hash, root, node);
        place = Math.floor(place / 2);
        last = Math.floor(last / 2);
    }
    return last === 0 ? root : null;
}

/** How many nodes lead from this place to the root: one for each joining with a neighbour. */
export function nodesNeeded(index, count) {
    let nodes = 0;
    for (let [place, last] = [index, count - 1]; last > 0; place = Math.floor(place / 2), last = Math.floor(last / 2))
        if (place % 2 === 1 || place < last) nodes++;
    return nodes;
}
