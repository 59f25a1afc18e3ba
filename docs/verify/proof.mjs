// The proof of one applicant: that its line stands in a table with this root.
import { fromHex, toHex } from "./bytes.mjs";
import { Lines } from "./lines.mjs";
import { leafHash, nodesNeeded, rootFromProof } from "./merkle.mjs";
import { Sha256 } from "./sha256.mjs";
import { Sm3 } from "./sm3.mjs";

/**
 * Reads a proof and hashes upwards. With `published` ({ round, list, result }, each table
 * { count, sm3, sha256 } or missing), the root and the count must be the published ones.
 * Returns { round, table, hash, line, index, count, root }.
 */
export function verifyProof(bytes, published = null) {
    const lines = new Lines(bytes);
    lines.open("jiaoti-proof", "jiaoti-proof 2").counted(2);
    lines.close();
    const proof = { round: lines.open("round", "round TEXT").text() };
    if (published && proof.round !== published.round)
        lines.fail("the proof is of another round", `round ${published.round}`);
    proof.table = lines.open("table", "table list|result").word("list", "result");
    lines.close();
    if (published && !published[proof.table]) lines.fail("the transcript does not have this table yet");
    proof.hash = lines.open("hash", "hash sm3|sha256").word("sm3", "sha256");
    lines.close();
    const keyword = proof.table === "list" ? "applicant" : "place";
    lines.open(keyword).hash();
    proof.line = lines.content();
    const hash = new (proof.hash === "sm3" ? Sm3 : Sha256)();
    const leaf = leafHash(hash, lines.bytes, lines.start, lines.stop);
    proof.index = lines.open("position", "position INDEX COUNT").item();
    proof.count = lines.item();
    lines.close();
    if (proof.index >= proof.count) lines.fail("the position is not below the count", lines.form);
    if (published && proof.count !== published[proof.table].count)
        lines.fail("the count is not the published one", `position ${proof.index} ${published[proof.table].count}`);
    const nodes = [];
    for (let more = nodesNeeded(proof.index, proof.count); more > 0; more--) {
        nodes.push(fromHex(lines.open("node", "node HASH").hash()));
        lines.close();
    }
    proof.root = lines.open("root", "root HASH").hash();
    lines.close();
    const root = rootFromProof(hash, leaf, proof.index, proof.count, nodes);
    if (toHex(root) !== proof.root) lines.fail("the line and the nodes lead to another root", `root ${toHex(root)}`);
    if (published && proof.root !== published[proof.table][proof.hash])
        lines.fail("the root is not the published one", `root ${published[proof.table][proof.hash]}`);
    if (lines.next()) lines.fail("something stands behind the end of the proof");
    return proof;
}
