// Follows a whole transcript, line by line, and says whether it is right.
//
// This is the part for other programs and for pages in a browser: it reads bytes and returns
// a report. `verify.mjs` is the command around it.
import { toHex } from "./bytes.mjs";
import { Lines, Unusable, Wrong } from "./lines.mjs";
import { MerkleTree } from "./merkle.mjs";
import { Sm3 } from "./sm3.mjs";
import { Sha256 } from "./sha256.mjs";
import { verifySm2 } from "./sm2.mjs";
import { expectRoots, readList, readSeed } from "./read.mjs";
import { drawAudit, drawLots } from "./draw.mjs";
import { standings } from "./order.mjs";
import { allot } from "./allot.mjs";
import { balance } from "./balance.mjs";
import { cutoffs } from "./cutoffs.mjs";
import { checkAnswer } from "./check.mjs";
import { placeLine, resultHead, resultTail } from "./write.mjs";
import { Standing, followMoves } from "./moves.mjs";
import { verifyProof } from "./proof.mjs";

/** Everything that follows from a list and a seed. */
export function run(list, seed) {
    const lots = drawLots(list, seed);
    const order = standings(list, lots);
    const answer = allot(list, lots, order);
    answer.over = answer.over.map((wish) => ({ ticket: order.applicant[wish], offer: list.wishOffer[wish] }));
    const outcome = balance(list, lots, answer);
    return { lots, order, answer, outcome, cutoffs: cutoffs(list, lots, order, answer), audit: drawAudit(list, seed) };
}

/**
 * Verifies a transcript, and a proof against it when there is one. The report:
 * ok; usable (false: not a transcript of format 2); file ("transcript" or "proof"), line,
 * message, found and expected of what is wrong; stage, the last part that is right; and what
 * was found: round, applicants, children, rules, root, rootSha256, seed, resultRoot,
 * resultRootSha256, moves, signatures [{ part, key, by }], proof.
 */
export function verify(bytes, proofBytes = null) {
    const report = {
        ok: false,
        usable: true,
        file: "transcript",
        line: null,
        message: "",
        found: "",
        expected: "",
        stage: "none",
        moves: 0,
        signatures: [],
    };
    try {
        const published = follow(bytes, report);
        if (proofBytes) {
            report.file = "proof";
            report.proof = verifyProof(proofBytes, published);
        }
        report.ok = true;
        report.file = null;
        report.message = "right";
    } catch (error) {
        if (error instanceof Unusable) Object.assign(report, { usable: false, line: 1, message: error.message });
        else if (error instanceof Wrong)
            Object.assign(report, {
                line: error.line,
                message: error.message,
                found: error.found,
                expected: error.expected,
            });
        else throw error;
    }
    return report;
}

function follow(bytes, report) {
    const lines = new Lines(bytes);
    if (!looksLikeOne(bytes)) throw new Unusable("the file is not a transcript");
    const list = readList(lines);
    const { round, count, children, rules, root, rootSha256 } = list;
    Object.assign(report, { round, applicants: count, children, rules, root, rootSha256 });
    const published = { round, list: { count, sm3: root, sha256: rootSha256 } };
    if (!endPart(lines, "list", report)) return published;

    const { seed } = readSeed(lines, list);
    report.seed = seed;
    if (!endPart(lines, "seed", report)) return published;

    const results = run(list, seed);
    const roots = compareResult(lines, list, results);
    Object.assign(report, { resultRoot: roots.sm3, resultRootSha256: roots.sha256 });
    published.result = { count, ...roots };
    const standing = new Standing(list, results.order, results.answer);
    for (let more = endPart(lines, "result", report); more; more = endPart(lines, "moves", report))
        report.moves += followMoves(lines, standing);
    return published;
}

/** Whether it is worth blaming a line: the first one begins or ends as the format wants it. */
function looksLikeOne(bytes) {
    const beginning = "jiaoti-transcript ";
    const stop = bytes.indexOf(10);
    const hasCheck = stop >= 11 && bytes[stop - 10] === 32 && bytes[stop - 9] === 35;
    return hasCheck || Array.from(beginning).every((letter, at) => bytes[at] === letter.charCodeAt(0));
}

/** The end of a part and its signatures; whether another part follows. */
function endPart(lines, part, report) {
    lines.need(`end ${part} HASH`);
    lines.hold();
    const hash = lines.hashBefore();
    lines.expect(`end ${part} ${hash}`, "something before this line was changed: the running hash is another");
    report.stage = part;
    for (let signatures = 0; lines.next(); signatures++) {
        lines.hold();
        if (!lines.begins("signed")) return true;
        lines.open("signed", `signed ${part} KEY SIGNATURE TEXT`).word(part);
        if (signatures === 16) lines.bad("a part has at most 16 signatures");
        const key = lines.hash(65);
        const signature = lines.hash(64);
        const by = lines.text();
        if (!verifySm2(key, signature, `jiaoti ${part} ${hash}`))
            lines.fail("the signature is not one of this key and this part", lines.form);
        report.signatures.push({ part, key, by });
    }
    return false;
}

/** Compares the result's lines with what comes out; returns the roots of its table. */
function compareResult(lines, list, results) {
    for (const content of resultHead(list, results)) lines.expect(content);
    const headEnds = lines.number;
    const trees = [new MerkleTree(Sm3), new MerkleTree(Sha256)];
    for (let ticket = 0; ticket < list.count; ticket++) {
        lines.expect(placeLine(list, results, ticket));
        if (ticket === 0) lines.tableBegins();
        for (const tree of trees) tree.add(lines.bytes, lines.start, lines.stop);
        lines.tableEnds();
    }
    const [sm3, sha256] = trees.map((tree) => toHex(tree.root()));
    expectRoots(lines, sm3, sha256, "the root of the table of places is another");
    for (const content of resultTail(list, results)) lines.expect(content);
    const objection = checkAnswer(list, results.order, results.answer, results.outcome);
    if (objection) {
        const line = objection.ticket === undefined ? lines.number : headEnds + 1 + objection.ticket;
        const who = objection.offer === undefined ? "" : `offer ${objection.offer}: `;
        throw new Wrong(line, `the result repeats, but does not stand its check: ${who}${objection.message}`);
    }
    return { sm3, sha256 };
}
