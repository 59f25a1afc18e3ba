// Makes problems, small and large, and writes whole transcripts of them.
//
// node tests/verify/make.mjs NUMBER > FILE     a random small one
// node tests/verify/make.mjs city COUNT > FILE a city of so many tickets
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { fromHex, toHex } from "../../docs/verify/bytes.mjs";
import { sm3 } from "../../docs/verify/sm3.mjs";
import { run } from "../../docs/verify/transcript.mjs";
import { seedOf } from "../../docs/verify/read.mjs";
import { Standing } from "../../docs/verify/moves.mjs";
import {
    Writer,
    applicantLine,
    placeLine,
    resultHead,
    resultTail,
    rulesLines,
    seatOf,
    seedLines,
    ticketOf,
} from "../../docs/verify/write.mjs";
import { publicKey, sign } from "./sign.mjs";

/** Random numbers that a number repeats. */
export class Random {
    constructor(seed) {
        this.seed = String(seed);
        this.counter = 0;
        this.words = [];
    }
    word() {
        if (this.words.length === 0) {
            const bytes = createHash("sha256").update(`${this.seed} ${this.counter++}`).digest();
            for (let at = 0; at < 32; at += 4) this.words.push(bytes.readUInt32LE(at));
        }
        return this.words.pop();
    }
    below(most) {
        return this.word() % most;
    }
    chance(percent) {
        return this.below(100) < percent;
    }
    pick(...choices) {
        return choices[this.below(choices.length)];
    }
    bytes(length) {
        return Uint8Array.from({ length }, () => this.below(256));
    }
    shuffled(items) {
        const mixed = [...items];
        for (let at = mixed.length - 1; at > 0; at--) {
            const other = this.below(at + 1);
            [mixed[at], mixed[other]] = [mixed[other], mixed[at]];
        }
        return mixed;
    }
}

const texts = ["一小", "Second School", "a", "校园 · #1", "x #00000000", "é", "two  spaces"];

/** A list as read.mjs makes it, without hashes. `shape` fixes what must not be random. */
export function makeList(random, shape = {}) {
    const kindsAllowed = shape.kinds ?? true;
    const list = {
        round: random.pick(...texts),
        policy: toHex(random.bytes(32)),
        program: "jiaoti test",
        mechanism: random.pick("serial", "deferred", "draw", "cycles"),
        lots: random.pick("applicant", "choice"),
        together: random.pick("add", "fit"),
        balance: random.chance(70),
        waiting: random.pick("all", "unplaced"),
        waitingLots: random.pick("same", "reversed"),
        audit: random.below(4),
        step: random.below(3) * 50,
        groups: Array.from({ length: random.below(4) }, () => random.pick(...texts)),
        offers: [],
        kinds: [],
        sites: [],
        ...shape.fixed,
    };
    const offers = shape.offers ?? 1 + random.below(5);
    for (let number = 0; number < offers; number++) makeOffer(random, list, number, kindsAllowed, shape);
    makeSites(random, list, shape.sites ?? random.below(5));
    makeApplicants(random, list, shape);
    return list;
}

function makeOffer(random, list, number, kindsAllowed, shape) {
    const kinds = kindsAllowed && list.mechanism !== "cycles" && random.chance(50) ? 1 + random.below(3) : 0;
    const places = () => random.below((shape.capacity ?? 5) + 1);
    const offer = {
        capacity: places(),
        order: kinds > 0 ? "priority" : random.pick("priority", "priority", "lot"),
        balance: random.chance(70),
        kinds,
        text: random.pick(...texts),
        firstKind: list.kinds.length,
    };
    if (kinds === 0)
        list.kinds.push({
            offer: number,
            index: null,
            places: offer.capacity,
            whom: "all",
            order: offer.order,
            groups: [],
        });
    else offer.capacity = 0;
    for (let index = 0; index < kinds; index++) {
        const groups = list.groups.map((_, at) => at + 1).filter(() => random.chance(50));
        const whom = groups.length === 0 ? "all" : random.pick("first", "only", "others");
        const kind = {
            offer: number,
            index,
            places: random.below(4),
            whom,
            order: random.pick("priority", "lot"),
            groups,
        };
        offer.capacity += kind.places;
        list.kinds.push(kind);
    }
    list.offers.push(offer);
}

function makeSites(random, list, count) {
    const starts = [0];
    const reach = [];
    for (let site = 0; site < count; site++) {
        list.sites.push(random.pick(...texts));
        const one = [];
        for (let offer = 0; offer < list.offers.length; offer++)
            if (random.chance(60)) one.push({ offer, steps: random.below(5) });
        one.sort((a, b) => a.steps - b.steps || a.offer - b.offer);
        reach.push(...one);
        starts.push(reach.length);
    }
    list.reachStart = Uint32Array.from(starts);
    list.reachOffer = Uint32Array.from(reach, ({ offer }) => offer);
    list.reachSteps = Uint32Array.from(reach, ({ steps }) => steps);
}

function makeApplicants(random, list, shape) {
    const count = shape.applicants ?? random.below(25);
    const most = list.mechanism === "cycles" || shape.single ? 0 : random.pick(0, 25, 50);
    const tickets = Array.from({ length: count }, () => toHex(random.bytes(32))).sort();
    const wishes = [];
    Object.assign(list, {
        count,
        children: 0,
        tickets: fromHex(tickets.join("")),
        commitments: random.bytes(32 * count),
    });
    Object.assign(list, { site: new Int32Array(count), flags: new Uint8Array(count), places: new Uint8Array(count) });
    list.wishStart = new Uint32Array(count + 1);
    for (let ticket = 0; ticket < count; ticket++) {
        list.site[ticket] = list.sites.length === 0 || random.chance(10) ? -1 : random.below(list.sites.length);
        list.flags[ticket] = random.chance(10) ? 1 : 0;
        list.places[ticket] = random.chance(most) ? 1 + random.below(4) : 1;
        list.children += list.places[ticket];
        list.wishStart[ticket] = wishes.length;
        const number = Math.min(random.below((shape.wishes ?? 4) + 1), list.offers.length);
        for (const offer of random.shuffled(list.offers.keys()).slice(0, number))
            wishes.push({
                offer,
                category: random.below(3),
                priority: random.below(3),
                group: random.below(list.groups.length + 1),
            });
    }
    list.wishStart[count] = wishes.length;
    list.wishOffer = Uint32Array.from(wishes, ({ offer }) => offer);
    list.wishCategory = Uint16Array.from(wishes, ({ category }) => category);
    list.wishPriority = Uint32Array.from(wishes, ({ priority }) => priority);
    list.wishGroup = Uint16Array.from(wishes, ({ group }) => group);
}

export function makeSeedPart(random) {
    const part = { witnesses: [], publics: [] };
    for (let number = random.below(4); number > 0; number--) {
        const secret = random.bytes(16 + random.below(49));
        part.witnesses.push({
            commitment: toHex(sm3(secret)),
            secret: random.chance(80) ? toHex(secret) : null,
            who: random.pick(...texts),
        });
    }
    const opened = part.witnesses.some(({ secret }) => secret !== null);
    for (let number = random.below(2) + (opened ? 0 : 1); number > 0; number--)
        part.publics.push({ name: random.pick(...texts), value: random.pick(...texts) });
    return part;
}

/** Up to two signatures behind an end line, or none when they are not wanted. */
function signPart(random, writer, message, part, signed) {
    if (!signed) return;
    for (let number = random.below(3); number > 0; number--) {
        const secret = 2n + BigInt("0x" + toHex(random.bytes(31)));
        writer.line(
            `signed ${part} ${publicKey(secret)} ${sign(secret, message, 3n + BigInt("0x" + toHex(random.bytes(31))))} ${random.pick(...texts)}`,
        );
    }
}

/** Random moves that are allowed, each already carried out. */
export function makeMoves(random, list, standing, count) {
    const moves = [];
    for (let tries = 0; tries < 20 * count && moves.length < count; tries++) {
        const word = random.pick("declined", "declined", "waiting", "waiting", "waiting", "passed", "late", "removed");
        const to = word === "declined" || word === "removed" ? -1 : random.below(list.kinds.length);
        const ticket = word === "waiting" || word === "passed" ? standing.firstWaiting(to) : random.below(list.count);
        if (ticket < 0) continue;
        const move = { word, ticket, from: standing.kind[ticket], to };
        if (standing.objection(move) !== null) continue;
        standing.carryOut(move);
        moves.push({ ...move, text: random.pick(...texts) });
    }
    return moves;
}

export const moveLine = (list, { word, ticket, from, to, text }) =>
    `move ${word} ${ticketOf(list, ticket)} ${seatOf(list, from)} ${seatOf(list, to)} ${text}`;

/** Writes a whole transcript: { bytes, seed, results, moves }. `parts` may stop it early. */
export function writeTranscript(random, list, { parts = 5, signed = false } = {}) {
    const writer = new Writer();
    writer.lines(rulesLines(list));
    list.rules = writer.hash();
    writer.line(`rules ${list.rules}`);
    writer.line(`applicants ${list.count}`);
    list.root = writer.table(Array.from({ length: list.count }, (_, ticket) => applicantLine(list, ticket)));
    writer.line(`count ${list.count} ${list.children}`);
    signPart(random, writer, writer.end("list"), "list", signed);
    if (parts < 2) return { bytes: writer.bytes() };
    const part = makeSeedPart(random);
    part.seed = seedOf(list, part);
    writer.lines(seedLines(part));
    signPart(random, writer, writer.end("seed"), "seed", signed);
    if (parts < 3) return { bytes: writer.bytes(), seed: part.seed };
    const results = run(list, part.seed);
    writer.lines(resultHead(list, results));
    writer.table(Array.from({ length: list.count }, (_, ticket) => placeLine(list, results, ticket)));
    writer.lines(resultTail(list, results));
    signPart(random, writer, writer.end("result"), "result", signed);
    const standing = new Standing(list, results.order, results.answer);
    const all = [];
    for (let number = 3; number < parts && list.count > 0 && list.kinds.length > 0; number++) {
        const moves = makeMoves(random, list, standing, 1 + random.below(12));
        if (moves.length === 0) break;
        writer.line(`moves ${moves.length}`);
        writer.lines(moves.map((move) => moveLine(list, move)));
        signPart(random, writer, writer.end("moves"), "moves", signed);
        all.push(...moves);
    }
    return { bytes: writer.bytes(), seed: part.seed, results, moves: all };
}

/** A city: schools on a plane, each family asking near its home. */
export function makeCity(random, count, shape = {}) {
    const schools = Math.max(4, Math.round(count / 220));
    const sites = schools * 5;
    const point = () => [random.below(60000), random.below(60000)];
    const list = {
        ...makeList(random, { offers: 0, sites: 0, applicants: 0 }),
        ...{
            round: "a city",
            mechanism: "deferred",
            lots: "applicant",
            together: "add",
            balance: true,
            audit: 100,
            step: 100,
        },
        ...{ groups: ["one", "two"], offers: [], kinds: [], sites: [] },
        ...shape,
    };
    const at = Array.from({ length: schools }, point);
    for (let number = 0; number < schools; number++) {
        const capacity = 150 + random.below(150);
        const kinds = number % 4 === 0 && list.mechanism !== "cycles" ? 2 : 0;
        list.offers.push({
            capacity,
            order: "priority",
            balance: number % 10 !== 0,
            kinds,
            text: `school ${number}`,
            firstKind: list.kinds.length,
        });
        if (kinds === 0)
            list.kinds.push({
                offer: number,
                index: null,
                places: capacity,
                whom: "all",
                order: "priority",
                groups: [],
            });
        else {
            list.kinds.push({ offer: number, index: 0, places: 40, whom: "first", order: "lot", groups: [1] });
            list.kinds.push({
                offer: number,
                index: 1,
                places: capacity - 40,
                whom: "all",
                order: "priority",
                groups: [],
            });
        }
    }
    const [starts, reach, near] = [[0], [], []];
    for (let site = 0; site < sites; site++) {
        const [x, y] = point();
        const one = at.map(([u, v], offer) => ({ offer, steps: Math.ceil(Math.hypot(u - x, v - y) / 100) }));
        one.sort((a, b) => a.steps - b.steps || a.offer - b.offer);
        list.sites.push(`site ${site}`);
        near.push(one.slice(0, 12).map(({ offer }) => offer));
        reach.push(...one.slice(0, 60));
        starts.push(reach.length);
    }
    list.reachStart = Uint32Array.from(starts);
    list.reachOffer = Uint32Array.from(reach, ({ offer }) => offer);
    list.reachSteps = Uint32Array.from(reach, ({ steps }) => steps);
    makeApplicants(random, list, { applicants: count, single: true, wishes: 0 });
    const wishes = [];
    list.children = 0;
    for (let ticket = 0; ticket < count; ticket++) {
        list.site[ticket] = random.below(sites);
        list.places[ticket] = list.mechanism !== "cycles" && random.chance(4) ? 2 : 1;
        list.children += list.places[ticket];
        list.wishStart[ticket] = wishes.length;
        const chosen = random.shuffled(near[list.site[ticket]]).slice(0, 1 + random.below(6));
        for (const offer of chosen)
            wishes.push({
                offer,
                category: random.below(4),
                priority: random.below(4) * 1000 + random.below(3),
                group: random.below(3),
            });
    }
    list.wishStart[count] = wishes.length;
    list.wishOffer = Uint32Array.from(wishes, ({ offer }) => offer);
    list.wishCategory = Uint16Array.from(wishes, ({ category }) => category);
    list.wishPriority = Uint32Array.from(wishes, ({ priority }) => priority);
    list.wishGroup = Uint16Array.from(wishes, ({ group }) => group);
    return list;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
    const [first, second, ...rest] = process.argv.slice(2);
    const random = new Random(first === "city" ? `city ${second}` : first);
    const shape = Object.fromEntries(rest.map((word) => word.split("=")));
    const list = first === "city" ? makeCity(random, Number(second), shape) : makeList(random);
    process.stdout.write(writeTranscript(random, list, { signed: true }).bytes);
}
