// Writes a transcript: the contents of its lines, in order. The verifier compares the result's
// lines with these; the tests write whole files with `Writer`.
import { crc32 } from "./crc32.mjs";
import { Sm3 } from "./sm3.mjs";
import { Sha256 } from "./sha256.mjs";
import { MerkleTree } from "./merkle.mjs";
import { toHex, toUtf8 } from "./bytes.mjs";

/** The contents from the first line to the last reach; `rules` follows. */
export function* rulesLines(list) {
    yield "jiaoti-transcript 2";
    yield `round ${list.round}`;
    yield `policy ${list.policy}`;
    yield `program ${list.program}`;
    yield `mechanism ${list.mechanism}`;
    yield `lots ${list.lots}`;
    yield `together ${list.together}`;
    yield `balance ${list.balance ? "yes" : "no"}`;
    yield `waiting ${list.waiting}`;
    yield `waiting-lots ${list.waitingLots}`;
    yield `audit ${list.audit}`;
    yield `step ${list.step}`;
    yield `groups ${list.groups.length}`;
    for (const [at, text] of list.groups.entries()) yield `group ${at + 1} ${text}`;
    yield `offers ${list.offers.length}`;
    for (const [number, offer] of list.offers.entries()) {
        const balance = offer.balance ? "balance" : "closed";
        yield `offer ${number} ${offer.capacity} ${offer.order} ${balance} ${offer.kinds} ${offer.text}`;
        for (let kind = 0; kind < offer.kinds; kind++) {
            const { places, whom, order, groups } = list.kinds[offer.firstKind + kind];
            yield `kind ${places} ${whom} ${order} ${groups.join(",") || "-"}`;
        }
    }
    yield `sites ${list.sites.length}`;
    for (const [site, text] of list.sites.entries()) {
        yield `site ${site} ${text}`;
        let reach = "reach";
        for (let edge = list.reachStart[site]; edge < list.reachStart[site + 1]; edge++)
            reach += ` ${list.reachOffer[edge]}:${list.reachSteps[edge]}`;
        yield reach;
    }
}

export const ticketOf = (list, ticket) => toHex(list.tickets, 32 * ticket, 32 * ticket + 32);

export function applicantLine(list, ticket) {
    const site = list.site[ticket] < 0 ? "-" : list.site[ticket];
    const commitment = toHex(list.commitments, 32 * ticket, 32 * ticket + 32);
    let line = `applicant ${ticketOf(list, ticket)} ${commitment} ${site} ${list.flags[ticket]} ${list.places[ticket]}`;
    for (let wish = list.wishStart[ticket]; wish < list.wishStart[ticket + 1]; wish++) {
        line += ` ${list.wishOffer[wish]}:${list.wishCategory[wish]}:${list.wishPriority[wish]}`;
        if (list.wishGroup[wish] > 0) line += `:${list.wishGroup[wish]}`;
    }
    return line;
}

export function* seedLines({ witnesses, publics, seed }) {
    yield `witnesses ${witnesses.length}`;
    for (const { commitment, secret, who } of witnesses) yield `witness ${commitment} ${secret ?? "missing"} ${who}`;
    yield `publics ${publics.length}`;
    for (const { name, value } of publics) {
        yield `public ${name}`;
        yield `value ${value}`;
    }
    yield `seed ${seed}`;
}

/** A kind of place as a seat. */
export function seatOf(list, kind) {
    if (kind < 0) return "-";
    const { offer, index } = list.kinds[kind];
    return index === null ? `${offer}` : `${offer}.${index}`;
}

/** The result's lines before the table. `run` is { answer, outcome, cutoffs, audit }. */
export function* resultHead(list, { answer, cutoffs }) {
    let [choice, balanced, unplaced] = [0, 0, 0];
    for (let ticket = 0; ticket < list.count; ticket++)
        if (answer.wish[ticket] >= 0) choice += list.places[ticket];
        else if (answer.kind[ticket] >= 0) balanced += list.places[ticket];
        else unplaced += list.places[ticket];
    const added = cutoffs.reduce((sum, cutoff) => sum + cutoff.added, 0);
    yield `result ${choice} ${balanced} ${unplaced} ${added}`;
    if (list.together !== "fit") return;
    if (answer.over.length === 0) yield `stable ${answer.repairs}`;
    else yield `passed-over ${answer.over.length} ${answer.repairs}`;
    for (const { ticket, offer } of answer.over) yield `over ${ticketOf(list, ticket)} ${offer}`;
}

export function placeLine(list, { answer, outcome }, ticket) {
    const line = `place ${ticketOf(list, ticket)} `;
    const wish = answer.wish[ticket];
    const kind = answer.kind[ticket];
    if (wish >= 0) return `${line}${seatOf(list, kind)} choice ${wish - list.wishStart[ticket] + 1}`;
    if (kind >= 0) return `${line}${seatOf(list, kind)} balance`;
    return `${line}- none ${outcome.reason[ticket]}`;
}

/** The result's lines behind the roots of the table. */
export function* resultTail(list, { outcome, cutoffs, audit }) {
    for (const ticket of audit) yield `audit ${ticketOf(list, ticket)}`;
    const fullOrOpen = (full) => (full ? "full" : "open");
    for (const [offer, cutoff] of cutoffs.entries()) {
        const { listed, admitted, balanced, added, full, last } = cutoff;
        yield `cutoff ${offer} ${listed} ${admitted} ${balanced} ${added} ${fullOrOpen(full)} ${last}`;
        for (const kind of cutoff.kinds) yield `kind-cutoff ${kind.admitted} ${fullOrOpen(kind.full)} ${kind.last}`;
        for (const tally of cutoff.tallies)
            yield `tally ${offer} ${tally.category} ${tally.listed} ${tally.admitted} ${tally.last}`;
    }
    if (!list.balance) return;
    const { asked, placed, unplaced, greatest, total } = outcome;
    yield `balanced ${asked} ${placed} ${unplaced} ${greatest} ${total}`;
    if (list.places.some((places) => places > 1))
        yield `balanced-together ${outcome.togetherAsked} ${outcome.togetherPlaced}`;
    for (const [offer, price] of outcome.price.entries()) if (price > 0) yield `price ${offer} ${price}`;
    yield ["cut", ...outcome.cut].join(" ");
    yield ["short", ...outcome.short].join(" ");
}

/** Adds checks, roots, the running hash and signatures to contents. */
export class Writer {
    constructor() {
        this.pieces = [];
        this.running = new Sm3();
    }
    bytesOf(content) {
        const bytes = toUtf8(content);
        return toUtf8(`${content} #${crc32(bytes).toString(16).padStart(8, "0")}\n`);
    }
    line(content) {
        const bytes = this.bytesOf(content);
        this.running.update(bytes);
        this.pieces.push(bytes);
    }
    lines(contents) {
        for (const content of contents) this.line(content);
    }
    hash() {
        return toHex(new Sm3().follow(this.running).digest());
    }
    /** The lines of a table and its roots; returns the SM3 root. */
    table(contents) {
        const trees = [new MerkleTree(Sm3), new MerkleTree(Sha256)];
        for (const content of contents) {
            const bytes = this.bytesOf(content);
            for (const tree of trees) tree.add(bytes, 0, bytes.length - 1);
            this.pieces.push(bytes);
        }
        const [sm3Root, sha256Root] = trees.map((tree) => toHex(tree.root()));
        this.line(`root sm3 ${sm3Root}`);
        this.line(`root sha256 ${sha256Root}`);
        return sm3Root;
    }
    /** Ends a part; returns the message that is signed. */
    end(part) {
        const hash = this.hash();
        this.line(`end ${part} ${hash}`);
        return `jiaoti ${part} ${hash}`;
    }
    bytes() {
        const whole = new Uint8Array(this.pieces.reduce((sum, piece) => sum + piece.length, 0));
        let at = 0;
        for (const piece of this.pieces) {
            whole.set(piece, at);
            at += piece.length;
        }
        return whole;
    }
}
