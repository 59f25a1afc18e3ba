// A pack: many files in one stream, for programs that verify many. Each case is a line
// `NAME BYTES PROOF`, then BYTES bytes of a transcript, then PROOF bytes of a proof (0: none).

export function packed({ name, bytes, proof = null }) {
    const head = Buffer.from(`${name} ${bytes.length} ${proof?.length ?? 0}\n`);
    return Buffer.concat(proof === null ? [head, bytes] : [head, bytes, proof]);
}

/** The cases of a stream, one after another. */
export async function* unpacked(stream) {
    let held = Buffer.alloc(0);
    for await (const chunk of stream) {
        held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
        for (;;) {
            const feed = held.indexOf(10);
            if (feed < 0) break;
            const [name, count, proofCount] = held.subarray(0, feed).toString().split(" ");
            const middle = feed + 1 + Number(count);
            const end = middle + Number(proofCount);
            if (held.length < end) break;
            const proof = proofCount === "0" ? null : held.subarray(middle, end);
            yield { name, bytes: held.subarray(feed + 1, middle), proof };
            held = held.subarray(end);
        }
    }
    if (held.length > 0) throw new Error("the pack is cut off");
}
