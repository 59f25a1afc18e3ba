// Bends right transcripts, in every way that one might try: the verifiers must say the same of
// what comes out. Each case is { name, bytes, proof, line }: `line` where it is known which one
// must be blamed, 0 where the file stays right, undefined where only the verifiers know.
import { toHex } from "../../docs/verify/bytes.mjs";
import { crc32 } from "../../docs/verify/crc32.mjs";
import { seedOf } from "../../docs/verify/read.mjs";
import { Writer } from "../../docs/verify/write.mjs";
import { leaves, proofNodes, rootOf } from "./tree.mjs";

// latin1 keeps every byte as one character, so that contents may hold what is no valid text.
export const linesOf = (bytes) => Buffer.from(bytes).toString("latin1").split("\n").slice(0, -1);
export const contentsOf = (bytes) => linesOf(bytes).map((line) => line.slice(0, -10));

/** A writer of contents whose characters are bytes. */
class ByteWriter extends Writer {
    bytesOf(content) {
        const bytes = Buffer.from(content, "latin1");
        return Buffer.concat([bytes, Buffer.from(` #${crc32(bytes).toString(16).padStart(8, "0")}\n`)]);
    }
}

export function withChecks(contents) {
    const writer = new ByteWriter();
    writer.lines(contents);
    return writer.bytes();
}

/** Repairs what binds: checks, `rules`, roots and `end`; with `seed` the seed, too. */
export function resealed(contents, { seed = false } = {}) {
    const writer = new ByteWriter();
    const list = { count: 0 };
    const part = { witnesses: [], publics: [] };
    let table = [];
    for (const content of contents) {
        const [word, first = "", second = ""] = content.split(" ");
        if (word === "applicant" || word === "place") {
            table.push(content);
            continue;
        }
        if (word === "root" && first === "sm3") {
            const root = writer.table(table.splice(0));
            list.root ??= root;
        } else if (word === "root" && first === "sha256") continue;
        else if (word === "rules") {
            list.rules = writer.hash();
            writer.line(`rules ${list.rules}`);
        } else if (word === "end") writer.end(first);
        else if (word === "seed" && seed && list.root && list.rules)
            writer.line(`seed ${seedOf(list, part)}`);
        else {
            if (word === "applicants") list.count = Number(first) || 0;
            if (word === "witness") part.witnesses.push({ secret: second === "missing" ? null : second });
            if (word === "public") part.publics.push({ name: text(content), value: "" });
            if (word === "value" && part.publics.length > 0) part.publics.at(-1).value = text(content);
            writer.line(content);
        }
    }
    for (const content of table) writer.line(content);
    return writer.bytes();
}

const text = (content) => Buffer.from(content.slice(content.indexOf(" ") + 1), "latin1").toString();

const replaced = (contents, at, ...others) => [...contents.slice(0, at), ...others, ...contents.slice(at + 1)];

/** Each byte of the file, another one. The line is known: it no longer fits its check. */
export function* eachByte(random, { name, bytes }) {
    let line = 1;
    for (let at = 0; at < bytes.length; at++) {
        const plain = random.pick(10, 13, 32, 35, 48, 0, 102, 255);
        const other = random.chance(50) ? bytes[at] ^ (1 << random.below(8)) : plain;
        if (other !== bytes[at]) {
            const bent = Buffer.from(bytes);
            bent[at] = other;
            yield { name: `${name}-byte-${at}`, bytes: bent, line };
        }
        if (bytes[at] === 10) line++;
    }
}

/** Cut off behind every line, inside every line, and before its line feed. */
export function* cutOff(random, { name, bytes }) {
    let start = 0;
    for (const [at, line] of linesOf(bytes).entries()) {
        const stop = start + line.length;
        yield { name: `${name}-cut-${at}`, bytes: bytes.subarray(0, start) };
        const inside = start + 1 + random.below(line.length);
        yield { name: `${name}-cut-${at}-inside`, bytes: bytes.subarray(0, inside), line: at + 1 };
        yield { name: `${name}-cut-${at}-feed`, bytes: bytes.subarray(0, stop), line: at + 1 };
        start = stop + 1;
    }
}

/** Lines left out, doubled, exchanged with the next; as they are, and with everything repaired. */
export function* movedLines(random, { name, bytes }) {
    const contents = contentsOf(bytes);
    for (let at = 0; at < contents.length; at++) {
        const ways = {
            dropped: replaced(contents, at),
            doubled: replaced(contents, at, contents[at], contents[at]),
        };
        if (at + 1 < contents.length && contents[at] !== contents[at + 1])
            ways.exchanged = replaced(replaced(contents, at, contents[at + 1]), at + 1, contents[at]);
        for (const [way, some] of Object.entries(ways)) {
            yield { name: `${name}-${way}-${at}`, bytes: withChecks(some) };
            yield { name: `${name}-${way}-${at}-sealed`, bytes: resealed(some) };
            yield { name: `${name}-${way}-${at}-seeded`, bytes: resealed(some, { seed: true }) };
        }
    }
}

const vocabulary = [
    ["serial", "deferred", "draw", "cycles"],
    ["applicant", "choice"],
    ["add", "fit"],
    ["no", "yes"],
    ["all", "unplaced", "first", "only", "others"],
    ["same", "reversed"],
    ["priority", "lot"],
    ["closed", "balance"],
    ["full", "open"],
    ["member", "other"],
    ["declined", "waiting", "passed", "late", "removed"],
    ["no-balance", "declined-balance", "no-site", "nothing-in-reach", "shortage"],
    ["stable", "passed-over"],
    ["sm3", "sha256"],
    ["list", "seed", "result", "moves"],
    ["choice 1", "choice 2", "balance", "none shortage"],
];

/** Other words for one of the words of a content. */
function otherWords(random, word) {
    const group = vocabulary.filter((words) => words.includes(word));
    if (group.length > 0) return random.pick(...group).filter((other) => other !== word);
    if (/^[0-9a-f]{32,}$/.test(word)) {
        const at = random.below(word.length);
        const digit = random.pick(..."0123456789abcdef".replace(word[at], ""));
        return [
            word.slice(0, at) + digit + word.slice(at + 1),
            word.slice(0, at) + random.pick("g", "A", " ") + word.slice(at + 1),
            word.slice(1),
            word + "0",
            word.toUpperCase(),
        ];
    }
    if (/^[0-9]+$/.test(word)) return otherNumbers(random, word);
    if (/^[0-9]+[.:,]/.test(word)) return otherLists(random, word);
    return [word + "x", word.slice(1), "-"];
}

function otherNumbers(random, word) {
    const some = ["0", "1", "-", "", String(Number(word) + 1), String(Math.max(0, Number(word) - 1)), `0${word}`];
    const more = ["-1", "+1", "4294967295", "4294967296", "18446744073709551616", "65536", "257", "1.0", "1e1"];
    return [...some, random.pick(...more), random.pick(...more)];
}

/** Of numbers with points, colons or commas between them. */
function otherLists(random, word) {
    const parts = word.split(/([.:,])/);
    const at = 2 * random.below((parts.length + 1) / 2);
    const others = otherNumbers(random, parts[at]).map((number) => parts.with(at, number).join(""));
    return [...others, `${word}:1`, `${word}:0`, `${word},`, word.replace(/[.:,]/, ";"), parts.slice(0, -2).join("")];
}

/** Words and numbers of each line changed: its check repaired; all that binds repaired; the seed, too. */
export function* changedWords(random, { name, bytes }, most = 3) {
    const contents = contentsOf(bytes);
    for (const [at, content] of contents.entries()) {
        const words = content.split(" ");
        const ways = new Set();
        for (let tries = 0; tries < most; tries++) {
            const place = random.below(words.length);
            ways.add(words.with(place, random.pick(...otherWords(random, words[place]))).join(" "));
        }
        for (const way of ["", " ", " 0", " -", "\t"]) if (random.chance(15)) ways.add(content + way);
        if (random.chance(15)) ways.add(content.replace(" ", random.pick("  ", "", "\t")));
        ways.delete(content);
        for (const [number, other] of Array.from(ways).entries()) {
            const some = replaced(contents, at, other);
            const bent = `${name}-word-${at}-${number}`;
            yield { name: bent, bytes: withChecks(some) };
            yield { name: `${bent}-sealed`, bytes: resealed(some) };
            yield { name: `${bent}-seeded`, bytes: resealed(some, { seed: true }) };
        }
    }
}

const texts = [
    "", " x", "x ", "x  y", "x # 00000000", "x #00000000", "\u00c3\u00a9", "\u00c3", "\u00c0\u0080",
    "\u00ed\u00a0\u0080", "\u00f4\u0090\u0080\u0080", "\u00f0\u009f\u0098\u0080", "\u00c2\u0085", "\u00c2\u00a0",
    "\u00e2\u0080\u00a8", "\u007f", "\u00ef\u00bb\u00bf", "\u00ef\u00bb\u00bfx", "\u00ef\u00bf\u00be",
    "\u00ef\u00bf\u00bf", "\u00f0\u0080\u0080\u0080", "x\ty", "x\ry", "x\u0000y", "\u001f", "y".repeat(200),
    "y".repeat(201), "\u00c3\u00a9".repeat(100), "\u00c3\u00a9".repeat(101),
];

/** How many words stand between the keyword and the text. */
const wordsBefore = {
    ...{ round: 0, program: 0, public: 0, value: 0, group: 1, site: 1 },
    ...{ offer: 5, witness: 2, signed: 3, move: 4 },
};

/** Other texts, valid and not, where a text stands. */
export function* otherTexts(random, { name, bytes }) {
    const contents = contentsOf(bytes);
    const seen = new Set();
    for (const [at, content] of contents.entries()) {
        const [word, ...rest] = content.split(" ");
        const before = wordsBefore[word];
        if (before === undefined || seen.has(word)) continue;
        seen.add(word);
        for (const [number, other] of texts.entries()) {
            const some = replaced(contents, at, [word, ...rest.slice(0, before), other].join(" "));
            yield { name: `${name}-text-${at}-${number}`, bytes: resealed(some, { seed: true }) };
        }
    }
}

/** Secrets: another one, that of another witness, too short, too long, missing, all missing. */
export function* otherSecrets(random, { name, bytes }) {
    const contents = contentsOf(bytes);
    const places = [...contents.keys()].filter((at) => contents[at].startsWith("witness "));
    const words = (at) => contents[at].split(" ");
    const put = (at, place, word) => replaced(contents, at, words(at).with(place, word).join(" "));
    const ways = {};
    for (const at of places) {
        const secret = words(at)[2];
        ways[`${at}-missing`] = put(at, 2, "missing");
        ways[`${at}-fresh`] = put(at, 2, toHex(random.bytes(32)));
        for (const length of [15, 16, 64, 65]) ways[`${at}-of-${length}`] = put(at, 2, toHex(random.bytes(length)));
        if (secret !== "missing") {
            ways[`${at}-digit`] = put(at, 2, (secret[0] === "0" ? "1" : "0") + secret.slice(1));
            ways[`${at}-half`] = put(at, 2, secret + "0");
        }
        for (const other of places) if (other !== at) ways[`${at}-of-witness-${other}`] = put(at, 2, words(other)[2]);
        ways[`${at}-commitment`] = put(at, 1, toHex(random.bytes(32)));
    }
    const missing = contents.map((content) =>
        content.startsWith("witness ") ? content.split(" ").with(2, "missing").join(" ") : content,
    );
    ways["all-missing"] = missing;
    const publics = missing.findIndex((content) => content.startsWith("publics "));
    const seed = missing.findIndex((content) => content.startsWith("seed "));
    if (seed > 0) ways["nothing-opened"] = [...missing.slice(0, publics), "publics 0", ...missing.slice(seed)];
    for (const [way, some] of Object.entries(ways)) {
        yield { name: `${name}-secret-${way}`, bytes: withChecks(some) };
        yield { name: `${name}-secret-${way}-seeded`, bytes: resealed(some, { seed: true }) };
    }
}

/** Two tickets' lines of the result or of the moves with their seats exchanged; a move of somebody else. */
export function* otherSeats(random, { name, bytes }) {
    const contents = contentsOf(bytes);
    const places = [...contents.keys()].filter((at) => contents[at].startsWith("place "));
    for (let tries = 0; tries < 2 * places.length; tries++) {
        const [one, two] = [random.pick(...places), random.pick(...places)];
        const rest = (at) => contents[at].split(" ").slice(2);
        const put = (at, other) => [...contents[at].split(" ").slice(0, 2), ...rest(other)].join(" ");
        const some = replaced(replaced(contents, one, put(one, two)), two, put(two, one));
        const same = put(one, two) === contents[one];
        yield { name: `${name}-seats-${tries}`, bytes: resealed(some), line: same ? 0 : Math.min(one, two) + 1 };
    }
    const seats = contents.filter((content) => /^place /.test(content)).map((content) => content.split(" ")[2]);
    for (const [at, content] of contents.entries()) {
        if (!content.startsWith("move ")) continue;
        for (let tries = 0; tries < 12; tries++) {
            const words = content.split(" ");
            if (random.chance(50)) words[2] = contents[random.pick(...places)].split(" ")[1];
            if (random.chance(30)) words[3] = random.pick("-", ...seats);
            if (random.chance(30)) words[4] = random.pick("-", ...seats);
            if (random.chance(30)) words[1] = random.pick("declined", "waiting", "passed", "late", "removed");
            yield { name: `${name}-move-${at}-${tries}`, bytes: resealed(replaced(contents, at, words.join(" "))) };
        }
    }
}

/** Signatures moved, too many, of other keys. */
export function* otherSignatures(random, { name, bytes }) {
    const contents = contentsOf(bytes);
    const places = [...contents.keys()].filter((at) => contents[at].startsWith("signed "));
    for (const at of places.slice(0, 2)) {
        const words = contents[at].split(" ");
        const flip = (word, place) => word.slice(0, place) + (word[place] === "0" ? "1" : "0") + word.slice(place + 1);
        const ways = [
            words.with(2, flip(words[2], 2 + random.below(128))),
            words.with(2, flip(words[2], 0)),
            words.with(2, "00" + words[2].slice(2)),
            words.with(2, "04" + "f".repeat(128)),
            words.with(2, "04" + "0".repeat(128)),
            words.with(3, flip(words[3], random.below(128))),
            words.with(3, "0".repeat(128)),
            words.with(3, words[3].slice(0, 64) + "0".repeat(64)),
            words.with(3, "f".repeat(128)),
            words.with(1, random.pick("list", "seed", "result", "moves")),
            words.with(4, "somebody else"),
        ];
        for (const [number, some] of ways.entries())
            yield { name: `${name}-signed-${at}-${number}`, bytes: withChecks(replaced(contents, at, some.join(" "))) };
        for (const times of [2, 16, 17]) {
            const some = replaced(contents, at, ...Array(times).fill(contents[at]));
            yield { name: `${name}-signed-${at}-times-${times}`, bytes: withChecks(some) };
        }
        // A later fault, and an earlier one, beside a signature that does not hold.
        const bad = replaced(contents, at, words.with(3, flip(words[3], 5)).join(" "));
        for (const other of [0, at - 1, at + 1, contents.length - 1]) {
            if (bad[other] === undefined || other === at) continue;
            const some = replaced(bad, other, bad[other] + "x");
            yield { name: `${name}-signed-${at}-and-${other}`, bytes: withChecks(some) };
        }
    }
}

// Proofs.

export function proofOf(bytes, table, hash, index) {
    const keyword = table === "list" ? "applicant " : "place ";
    const whole = linesOf(bytes).filter((line) => line.startsWith(keyword)).map((line) => Buffer.from(line, "latin1"));
    const all = leaves(hash, whole);
    return [
        "jiaoti-proof 2",
        contentsOf(bytes)[1],
        `table ${table}`,
        `hash ${hash}`,
        whole[index].toString("latin1").slice(0, -10),
        `position ${index} ${whole.length}`,
        ...proofNodes(hash, all, index).map((node) => `node ${node.toString("hex")}`),
        `root ${rootOf(hash, all).toString("hex")}`,
    ];
}

/** Right proofs of both tables by both hashes, and what can be done to them; both files have a result with tickets. */
export function* proofs(random, { name, bytes }, foreign) {
    const count = (some) => linesOf(some).filter((line) => line.startsWith("place ")).length;
    for (const table of ["list", "result"])
        for (const hash of ["sm3", "sha256"]) {
            const index = random.below(count(bytes));
            const contents = proofOf(bytes, table, hash, index);
            const proof = withChecks(contents);
            const named = (what) => `${name}-proof-${table}-${hash}-${what}`;
            yield { name: named("right"), bytes, proof, line: 0 };
            const early = linesOf(bytes).findIndex((line) => line.startsWith("end seed"));
            const until = linesOf(bytes).slice(0, early + 1).map((line) => line + "\n").join("");
            yield { name: named("early"), bytes: Buffer.from(until, "latin1"), proof };
            const other = proofOf(foreign, table, hash, random.below(count(foreign)));
            yield { name: named("foreign"), bytes, proof: withChecks(other) };
            for (const bend of [eachByte, cutOff, movedLines, changedWords])
                for (const one of bend(random, { name: "", bytes: proof })) {
                    if (/sealed|seeded/.test(one.name)) continue;
                    yield { name: named(one.name.slice(1)), bytes, proof: one.bytes, line: one.line };
                }
            for (const [number, label] of texts.slice(0, 8).entries()) {
                const some = withChecks(replaced(contents, 1, `round ${label}`));
                yield { name: named(`round-${number}`), bytes, proof: some };
            }
        }
}

