// Whole transcripts: right ones are right, and whatever is changed in them is found, in the
// line that was changed or, when its check was repaired, in the line that no longer fits.
import test from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { verify } from "../../docs/verify/transcript.mjs";
import { Lines } from "../../docs/verify/lines.mjs";
import { readList } from "../../docs/verify/read.mjs";
import { Writer, applicantLine, rulesLines } from "../../docs/verify/write.mjs";
import { toHex } from "../../docs/verify/bytes.mjs";
import { Random, makeList, writeTranscript } from "./make.mjs";
import { leaves, proofNodes, rootOf } from "./tree.mjs";

const many = Number(process.env.VERIFY_MANY ?? 200);

function made(name, options = {}) {
    const random = new Random(name);
    const list = makeList(random, options.shape);
    const { bytes } = writeTranscript(random, list, options);
    return { random, list, bytes, contents: contentsOf(bytes) };
}

const contentsOf = (bytes) =>
    Buffer.from(bytes)
        .toString()
        .split("\n")
        .slice(0, -1)
        .map((line) => line.slice(0, -10));
const withChecks = (contents) => {
    const writer = new Writer();
    writer.lines(contents);
    return writer.bytes();
};

function right(bytes) {
    const report = verify(bytes);
    assert.ok(report.ok, `line ${report.line}: ${report.message} (${report.found}; ${report.expected})`);
    return report;
}

function wrongAt(bytes, line, what) {
    const report = verify(bytes);
    assert.ok(!report.ok, `${what}: was taken for right`);
    assert.equal(report.line, line, `${what}: ${report.message} (${report.found}; ${report.expected})`);
    return report;
}

test("what was written is right, as far as it goes", () => {
    for (let number = 0; number < many; number++) {
        const parts = 1 + (number % 5);
        const shape = number % 7 === 0 ? { offers: 0 } : {};
        const { bytes, list } = made(`right ${number}`, { parts, shape, signed: number % 10 === 0 });
        const report = right(bytes);
        assert.equal(report.applicants, list.count);
        if (parts < 4) assert.equal(report.stage, ["list", "seed", "result"][parts - 1]);
    }
});

test("a list that was read is written again byte by byte", () => {
    for (let number = 0; number < many; number++) {
        const { bytes } = made(`again ${number}`, { parts: 1 });
        const list = readList(new Lines(bytes));
        const writer = new Writer();
        writer.lines(rulesLines(list));
        writer.line(`rules ${writer.hash()}`);
        writer.line(`applicants ${list.count}`);
        writer.table(Array.from({ length: list.count }, (_, ticket) => applicantLine(list, ticket)));
        writer.line(`count ${list.count} ${list.children}`);
        writer.end("list");
        assert.deepEqual(Buffer.from(writer.bytes()), Buffer.from(bytes));
    }
});

test("every byte counts", () => {
    for (let number = 0; number < 6; number++) {
        const { bytes, random } = made(`bytes ${number}`, { shape: { applicants: 6, offers: 3, sites: 2 } });
        let line = 1;
        for (let at = 0; at < bytes.length; at++) {
            const byte = bytes[at];
            for (const other of [byte ^ (1 << random.below(8)), random.pick(10, 32, 35, 48, 0, 255, 102)]) {
                if (other === byte) continue;
                bytes[at] = other;
                wrongAt(bytes, line, `byte ${at} of problem ${number} from ${byte} to ${other}`);
            }
            bytes[at] = byte;
            if (byte === 10) line++;
        }
        right(bytes);
    }
});

test("signatures count", () => {
    const { bytes, contents } = made("signatures 1", { signed: true, shape: { applicants: 2 } });
    const report = right(bytes);
    assert.ok(report.signatures.length > 1);
    for (const [at, content] of contents.entries()) {
        if (!content.startsWith("signed")) continue;
        for (const place of [content.indexOf(" 04") + 9, content.indexOf(" 04") + 140]) {
            const digit = content[place] === "0" ? "1" : "0";
            const changed = content.slice(0, place) + digit + content.slice(place + 1);
            wrongAt(withChecks(replaced(contents, at, changed)), at + 1, "a signature");
        }
        wrongAt(
            withChecks([...contents.slice(0, at), ...Array(17).fill(content), ...contents.slice(at + 1)]),
            at + 17,
            "a 17th signature",
        );
        break;
    }
});

function replaced(contents, at, content) {
    const copy = [...contents];
    copy[at] = content;
    return copy;
}

/** Changes one digit or letter of a content. */
function altered(random, content) {
    const places = [...content.matchAll(/[0-9a-f]/g)]
        .map(({ index }) => index)
        .filter((index) => index >= content.indexOf(" "));
    if (places.length === 0) return content + " 1";
    const place = random.pick(...places);
    const digit = random.pick(..."0123456789abcdef".replace(content[place], ""));
    return content.slice(0, place) + digit + content.slice(place + 1);
}

test("with its check repaired, a change is found before the part ends", () => {
    for (let number = 0; number < many / 10; number++) {
        const { contents, random } = made(`repaired ${number}`);
        const binds = contents
            .map((content, at) => ({ content, at }))
            .filter(({ content }) => /^(rules|root|end) /.test(content));
        for (const [at, content] of contents.entries()) {
            const bound = binds.find((bind) => bind.at >= at).at + 1;
            const report = verify(withChecks(replaced(contents, at, altered(random, content))));
            assert.ok(!report.ok, `problem ${number}, line ${at + 1}: was taken for right`);
            assert.ok(
                report.line >= at + 1 && report.line <= bound,
                `problem ${number}: ${at + 1} changed, ${report.line} blamed: ${report.message}`,
            );
        }
    }
});

/** Repairs everything that hashes bind: checks, rules, roots and ends. */
function resealed(contents) {
    const writer = new Writer();
    let table = [];
    for (const content of contents) {
        if (/^(applicant|place) /.test(content)) {
            table.push(content);
            continue;
        }
        if (content.startsWith("root sm3")) writer.table(table.splice(0));
        else if (content.startsWith("rules ")) writer.line(`rules ${writer.hash()}`);
        else if (content.startsWith("end ")) writer.end(content.split(" ")[1]);
        else if (!content.startsWith("root sha256")) writer.line(content);
    }
    return writer.bytes();
}

test("a result that is false and well sealed is found at its first false line", () => {
    let tried = 0;
    for (let number = 0; number < many / 10; number++) {
        const { contents, random, bytes } = made(`sealed ${number}`);
        assert.deepEqual(Buffer.from(resealed(contents)), Buffer.from(bytes));
        const from = contents.findIndex((content) => content.startsWith("result "));
        const to = contents.findIndex((content) => content.startsWith("end result"));
        for (let at = from; at < to; at++) {
            if (contents[at].startsWith("root")) continue;
            wrongAt(
                resealed(replaced(contents, at, altered(random, contents[at]))),
                at + 1,
                `problem ${number}, ${contents[at]}`,
            );
            tried++;
        }
    }
    assert.ok(tried > 100);
});

test("lines left out, doubled and exchanged", () => {
    for (let number = 0; number < many / 20; number++) {
        const { contents, bytes } = made(`moved ${number}`);
        for (let at = 0; at < contents.length; at++) {
            for (const some of [without(contents, at), [...contents.slice(0, at + 1), ...contents.slice(at)]]) {
                const cut = /^end /.test(contents.at(at - 1)) && some.length === at;
                if (cut) continue;
                const files = contents[at].startsWith("root") ? [withChecks(some)] : [withChecks(some), resealed(some)];
                for (const file of files) {
                    const report = verify(file);
                    if (Buffer.compare(Buffer.from(file), Buffer.from(bytes)) === 0) continue;
                    assert.ok(!report.ok, `problem ${number}, line ${at + 1}: was taken for right`);
                    assert.ok(
                        report.line >= at + 1,
                        `problem ${number}: ${at + 1} moved, ${report.line} blamed: ${report.message}`,
                    );
                }
            }
            if (at === 0 || contents[at] === contents[at - 1]) continue;
            const exchanged = replaced(replaced(contents, at, contents[at - 1]), at - 1, contents[at]);
            assert.ok(!verify(withChecks(exchanged)).ok, `problem ${number}, lines ${at} and ${at + 1} exchanged`);
        }
    }
});

function without(contents, at) {
    return [...contents.slice(0, at), ...contents.slice(at + 1)];
}

test("a file may stop behind each part and nowhere else", () => {
    const { contents } = made("stops", { shape: { applicants: 5 } });
    for (let length = 1; length <= contents.length; length++) {
        const bytes = withChecks(contents.slice(0, length));
        if (contents[length - 1].startsWith("end ")) right(bytes);
        else wrongAt(bytes, length + 1, `the first ${length} lines`);
        wrongAt(bytes.subarray(0, bytes.length - 1), length, "no line feed at the end");
    }
});

test("only the command needs Node", () => {
    const folder = new URL("../../docs/verify/", import.meta.url);
    for (const name of readdirSync(folder).filter((name) => name.endsWith(".mjs") && name !== "verify.mjs"))
        assert.doesNotMatch(readFileSync(new URL(name, folder), "utf8"), /node:|process\.|Buffer/, name);
});

test("what is not a transcript cannot be judged", () => {
    for (const text of ["", "hello\n", "%PDF-1.7\n%\n"]) assert.equal(verify(Buffer.from(text)).usable, false);
    assert.equal(verify(withChecks(["jiaoti-transcript 1"])).usable, false);
});

function makeProof(contents, table, name, index) {
    const keyword = table === "list" ? "applicant " : "place ";
    const lines = contents.filter((content) => content.startsWith(keyword));
    const whole = lines.map((content) => Buffer.from(new Writer().bytesOf(content)).subarray(0, -1));
    const all = leaves(name, whole);
    return [
        "jiaoti-proof 2",
        contents[1],
        `table ${table}`,
        `hash ${name}`,
        lines[index],
        `position ${index} ${lines.length}`,
        ...proofNodes(name, all, index).map((node) => `node ${node.toString("hex")}`),
        `root ${rootOf(name, all).toString("hex")}`,
    ];
}

test("proofs", () => {
    const { contents, bytes } = made("proofs", { shape: { applicants: 11 } });
    const other = made("other proofs", { shape: { applicants: 11 } });
    for (const table of ["list", "result"])
        for (const name of ["sm3", "sha256"])
            for (let index = 0; index < 11; index++) {
                const proof = withChecks(makeProof(contents, table, name, index));
                const report = verify(bytes, proof);
                assert.ok(report.ok, report.message);
                assert.equal(report.proof.index, index);
                const foreign = verify(bytes, withChecks(makeProof(other.contents, table, name, index)));
                assert.ok(!foreign.ok && foreign.file === "proof");
                for (let at = index; at < proof.length; at += 7) {
                    proof[at] ^= 1;
                    const report = verify(bytes, proof);
                    assert.ok(!report.ok && report.file === "proof", `byte ${at}`);
                    proof[at] ^= 1;
                }
            }
    // Repaired checks: every word of the proof still counts.
    const proof = makeProof(contents, "list", "sm3", 3);
    const random = new Random("proof");
    for (const [at, content] of proof.entries())
        for (let tries = 0; tries < 5; tries++)
            assert.ok(!verify(bytes, withChecks(replaced(proof, at, altered(random, content)))).ok, content);
});

test("the command", () => {
    const folder = mkdtempSync(join(tmpdir(), "verify-"));
    const command = fileURLToPath(new URL("../../docs/verify/verify.mjs", import.meta.url));
    const call = (...words) => spawnSync(process.execPath, [command, ...words], { cwd: folder, encoding: "utf8" });
    const { bytes, contents, list } = made("the command", { signed: true, shape: { applicants: 5 } });
    writeFileSync(join(folder, "right.txt"), bytes);
    writeFileSync(join(folder, "proof.txt"), withChecks(makeProof(contents, "result", "sha256", 2)));
    const changed = Buffer.from(bytes);
    changed[bytes.length - 20] ^= 1;
    writeFileSync(join(folder, "wrong.txt"), changed);
    writeFileSync(join(folder, "other.txt"), "hello\n");

    const good = call("right.txt", "--json", "--proof", "proof.txt");
    assert.equal(good.status, 0);
    const report = JSON.parse(good.stdout);
    assert.ok(report.ok);
    assert.deepEqual([report.line, report.applicants, report.rules, report.root], [null, 5, list.rules, list.root]);
    assert.match(call("right.txt").stdout, /right, up to its part/);
    const bad = call("wrong.txt");
    assert.equal(bad.status, 1);
    assert.match(bad.stderr, new RegExp(`^wrong.txt:${contents.length}: the check does not fit`));
    assert.equal(call("wrong.txt", "--json").status, 1);
    assert.equal(call("right.txt", "--proof", "other.txt").status, 1);
    for (const words of [["other.txt"], ["missing.txt"], ["other.txt", "--json"], [], ["right.txt", "--what"]])
        assert.equal(call(...words).status, 2, words.join(" "));
    rmSync(folder, { recursive: true });
});

test("the seed is of the document's shape", () => {
    const { contents } = made("the seed", { parts: 2 });
    const find = (keyword) =>
        contents
            .filter((content) => content.startsWith(keyword + " "))
            .map((content) => content.slice(keyword.length + 1));
    const hash = createHash("sm3");
    const u32 = (value) => hash.update(Buffer.from([0, 0, value >> 8, value & 255]));
    u32(2);
    hash.update(Buffer.from(find("rules")[0], "hex")).update(Buffer.from(find("root")[0].slice(4), "hex"));
    u32(0);
    u32(Number(find("applicants")[0]));
    u32(find("witness").length);
    for (const witness of find("witness")) {
        const secret = witness.split(" ")[1];
        hash.update(Buffer.from([secret === "missing" ? 0 : 1]));
        if (secret === "missing") continue;
        u32(secret.length / 2);
        hash.update(Buffer.from(secret, "hex"));
    }
    u32(find("public").length);
    for (const [at, name] of find("public").entries())
        for (const text of [name, find("value")[at]]) {
            u32(Buffer.from(text).length);
            hash.update(text);
        }
    assert.equal(find("seed")[0], toHex(hash.digest()));
});
