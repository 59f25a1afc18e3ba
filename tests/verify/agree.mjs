// Whether several verifiers say the same of the same files: right ones, made by the library and
// by make.mjs, and bent ones (bend.mjs).
//
// node agree.mjs WRITE_MANY VERIFIER…
//
// WRITE_MANY is the program of write_many.c. Each VERIFIER is a command, its words parted by
// spaces, that reads a pack (pack.mjs) and prints one line of JSON for each case: name, ok; of a
// right one stage, applicants, children, moves, signatures and the hashes; of a wrong one file
// (transcript or proof) and line. The second verifier always takes part.
//
// AGREE_MANY: how many right files each way (1000). AGREE_SEED: where their numbers begin (1).
// AGREE_BEND: how many small ones of them are bent each way (6). AGREE_KEEP: a folder for the
// files of which the verifiers do not say the same.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as bends from "./bend.mjs";
import { Random, makeList, writeTranscript } from "./make.mjs";
import { packed, unpacked } from "./pack.mjs";

const [writeMany, ...commands] = process.argv.slice(2);
const many = Number(process.env.AGREE_MANY ?? 1000);
const seed = Number(process.env.AGREE_SEED ?? 1);
const bent = Number(process.env.AGREE_BEND ?? 6);
const keep = process.env.AGREE_KEEP;
const own = `${process.execPath} ${fileURLToPath(new URL("verify_many.mjs", import.meta.url))}`;
const compared = ["ok", "file", "line", "stage", "applicants", "children", "moves", "signatures"];
compared.push("rules", "root", "rootSha256", "seed", "resultRoot", "resultRootSha256");

/** A verifier at work: `ask` gives it a case, `answers` are its lines. */
class Verifier {
    constructor(command) {
        const [program, ...words] = command.split(" ");
        this.command = command;
        this.child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
        this.child.stdin.on("error", () => {}); // it ended early: its missing answers tell
        this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    }
    async ask(bytes) {
        const { stdin } = this.child;
        if (stdin.write(bytes) || stdin.destroyed) return;
        const stop = new AbortController();
        const { signal } = stop;
        await Promise.race([once(stdin, "drain", { signal }), once(stdin, "close", { signal })]);
        stop.abort();
    }
    async answer() {
        const { value } = await this.answers.next();
        return value === undefined ? { name: "no answer" } : JSON.parse(value);
    }
}

/** The library's right files, then the other program's. */
async function* rightFiles() {
    const made = spawn(writeMany, [String(many), String(seed)], { stdio: ["ignore", "pipe", "inherit"] });
    for await (const { name, bytes } of unpacked(made.stdout)) yield { name, bytes: Buffer.from(bytes), line: 0 };
    for (let number = 0; number < many; number++) {
        const name = `js-${seed}-${number}`;
        const random = new Random(name);
        const shape = number % 7 === 0 ? { offers: 0 } : number % 3 === 0 ? { applicants: 30 } : {};
        const options = { parts: 1 + (number % 5), signed: number % 8 === 0 };
        const { bytes } = writeTranscript(random, makeList(random, shape), options);
        yield { name, bytes: Buffer.from(bytes), line: 0 };
    }
}

/** What occurs in the right files, so that it is known that everything was tried. */
const seen = new Map();
const wanted = [
    /^(mechanism) (serial|deferred|draw|cycles)$/,
    /^(lots) (applicant|choice)$/,
    /^(together) (add|fit)$/,
    /^(waiting|waiting-lots) (all|unplaced|same|reversed)$/,
    /^kind \d+ (all|first|only|others)/,
    /^(stable) [1-9]/,
    /^(passed-over) [1-9]/,
    /^place \w+ \S+ (choice|balance|none) ?(.*)$/,
    /^(audit) \w{64}/,
    /^(balanced-together) [1-9]\d* [1-9]/,
    /^(price|cut|short) \d/,
    /^(move) (declined|waiting|passed|late|removed)/,
    /^(signed) (list|seed|result|moves)/,
    /^witness \w+ (missing)/,
];
function notice({ bytes }) {
    const here = new Set();
    for (const content of bends.contentsOf(bytes))
        for (const pattern of wanted) {
            const match = pattern.exec(content);
            if (match) here.add(match.slice(1).join(" ").replace(/ ?\b\d+$/, "").trim());
        }
    for (const what of here) seen.set(what, (seen.get(what) ?? 0) + 1);
}

// What the files that are bent must have between them, each in some of them.
const features = [
    ...[/^signed result/, /^signed moves/, /^move waiting/, /^move late/, /^price/, /^short \d/, /^stable [1-9]/],
    ...[/^over/, /^kind \d+ (first|only|others)/, /^mechanism (cycles|serial)/, /^lots choice/, /^witness \w+ m/],
];

/** Chooses small files to be bent, so that every feature comes up: from the library and from the other program. */
class Chosen {
    constructor() {
        this.files = [];
        this.having = new Map();
    }
    see(one) {
        const way = one.name.split("-")[0];
        const contents = bends.contentsOf(one.bytes);
        if (one.bytes.length > 8000 || contents.filter((content) => content.startsWith("place ")).length < 3) return;
        if (this.files.filter((other) => other.way === way).length >= bent) return;
        const has = features.map(String).filter((_, at) => contents.some((content) => features[at].test(content)));
        const scarce = has.filter((feature) => (this.having.get(way + feature) ?? 0) < Math.ceil(bent / 6));
        if (scarce.length < 2) return;
        for (const feature of has) this.having.set(way + feature, (this.having.get(way + feature) ?? 0) + 1);
        this.files.push({ ...one, way });
    }
    smallest(way) {
        return this.files.filter((one) => one.way === way).sort((one, two) => one.bytes.length - two.bytes.length)[0];
    }
}

/** All cases: every right file, and of the chosen ones all that can be bent. */
async function* allCases() {
    const chosen = new Chosen();
    for await (const one of rightFiles()) {
        notice(one);
        chosen.see(one);
        yield one;
    }
    for (const one of chosen.files) {
        const random = new Random(one.name);
        for (const way of ["movedLines", "changedWords", "cutOff", "otherSecrets", "otherSeats", "otherSignatures"])
            yield* bends[way](random, one);
    }
    for (const [one, other] of [["c", "js"], ["js", "c"]].map((ways) => ways.map((way) => chosen.smallest(way)))) {
        if (!one || !other) continue;
        const random = new Random(one.name);
        yield* bends.eachByte(random, one);
        yield* bends.otherTexts(random, one);
        yield* bends.proofs(random, one, other.bytes);
    }
    const others = ["", "hello\n", "jiaoti-transcript 2\n", "\n", "jiaoti-transcript", "#", " #00000000\n"];
    for (const [number, text] of others.entries())
        yield { name: `foreign-${number}`, bytes: Buffer.from(text), line: 1 };
    for (const [number, version] of ["1", "3", "02", "", "2 2"].entries())
        yield { name: `version-${number}`, bytes: bends.withChecks([`jiaoti-transcript ${version}`]), line: 1 };
}

const same = (one, two) => compared.every((field) => (one[field] ?? null) === (two[field] ?? null));
const short = ({ name, ...rest }) => JSON.stringify(rest);

const verifiers = [own, ...commands].map((command) => new Verifier(command));
const waiting = []; // cases that were asked and not answered
const tally = new Map(); // by kind of case: [cases, right]
let [cases, faults] = [0, 0];

async function compare() {
    const one = waiting.shift();
    const said = await Promise.all(verifiers.map((verifier) => verifier.answer()));
    const [first] = said;
    const agreed = said.every((other) => other.name === one.name && same(first, other));
    const known = one.line === undefined || (one.line === 0 ? first.ok : first.line === one.line);
    const kind = /^(?:\w+-\d+-\d+-)?([a-z]+)/.exec(one.name)[1];
    const count = tally.get(kind) ?? [0, 0];
    tally.set(kind, [count[0] + 1, count[1] + (first.ok ? 1 : 0)]);
    cases++;
    if (agreed && known) return;
    faults++;
    if (faults <= 30) {
        console.log(`${one.name}: ${agreed ? `line ${one.line} should be blamed (0: none)` : "they do not agree"}`);
        for (const [at, other] of said.entries())
            console.log(`  ${verifiers[at].command.split("/").at(-1)}: ${short(other)}`);
    }
    if (keep) {
        mkdirSync(keep, { recursive: true });
        writeFileSync(join(keep, `${one.name}.txt`), one.bytes);
        if (one.proof) writeFileSync(join(keep, `${one.name}.proof`), one.proof);
    }
}

const started = Date.now();
for await (const one of allCases()) {
    const bytes = packed(one);
    waiting.push(one);
    await Promise.all(verifiers.map((verifier) => verifier.ask(bytes)));
    // As many in flight as keeps all of them at work, and no more.
    if (waiting.length > 256) await compare();
}
for (const { child } of verifiers) child.stdin.end();
while (waiting.length > 0) await compare();

for (const [kind, [all, right]] of tally) console.log(`${kind.padEnd(14)} ${all} files, ${right} right`);
console.log(Array.from(seen, ([what, count]) => `${what}: ${count}`).sort().join("; "));
const expected = [
    ...["mechanism cycles", "stable", "passed-over", "price", "cut", "short", "balanced-together", "audit", "missing"],
    ...["move declined", "move waiting", "move passed", "move late", "move removed", "signed result", "signed moves"],
    ...["none shortage", "none nothing-in-reach", "none no-site", "none declined-balance", "none no-balance"],
];
const missing = many < 500 ? [] : expected.filter((what) => !seen.has(what));
if (missing.length > 0) console.log(`did not occur: ${missing.join(", ")}`);
const seconds = Math.round((Date.now() - started) / 1000);
console.log(`${cases} files, ${verifiers.length} verifiers, ${faults} disagreements, ${seconds} s`);
process.exitCode = faults === 0 && missing.length === 0 && verifiers.length > 1 ? 0 : 1;
