// What SM3 and SHA-256 have in common: blocks of 64 bytes, a state of eight words, and the
// same end (0x80, zeros, the length in bits as 8 bytes).

export class BlockHash {
    /** compress(state, bytes, at) takes one block into the state; start is the first state. */
    constructor(compress, start) {
        this.compress = compress;
        this.start = start;
        this.state = new Int32Array(8);
        this.block = new Uint8Array(64);
        this.reset();
    }
    reset() {
        this.state.set(this.start);
        this.filled = 0;
        this.length = 0;
        return this;
    }
    /** Stands where another one of the same kind stands. */
    follow(other) {
        this.state.set(other.state);
        this.block.set(other.block);
        this.filled = other.filled;
        this.length = other.length;
        return this;
    }
    byte(value) {
        this.length++;
        this.block[this.filled++] = value;
        if (this.filled === 64) this.takeBlock();
        return this;
    }
    takeBlock() {
        this.compress(this.state, this.block, 0);
        this.filled = 0;
    }
    update(bytes, from = 0, to = bytes.length) {
        this.length += to - from;
        let at = from;
        while (at < to) {
            if (this.filled === 0 && to - at >= 64) {
                this.compress(this.state, bytes, at);
                at += 64;
                continue;
            }
            this.block[this.filled++] = bytes[at++];
            if (this.filled === 64) this.takeBlock();
        }
        return this;
    }
    /** Ends the hash and writes its 32 bytes; use `reset` or `follow` before the next. */
    finish(into, at) {
        const bits = this.length * 8;
        this.block[this.filled++] = 0x80;
        if (this.filled > 56) {
            this.block.fill(0, this.filled);
            this.takeBlock();
        }
        this.block.fill(0, this.filled, 56);
        putWord(this.block, 56, Math.floor(bits / 4294967296));
        putWord(this.block, 60, bits >>> 0);
        this.takeBlock();
        for (let word = 0; word < 8; word++) putWord(into, at + 4 * word, this.state[word]);
    }
    digest() {
        const bytes = new Uint8Array(32);
        this.finish(bytes, 0);
        return bytes;
    }
}

function putWord(bytes, at, word) {
    bytes[at] = word >>> 24;
    bytes[at + 1] = word >>> 16;
    bytes[at + 2] = word >>> 8;
    bytes[at + 3] = word;
}
