// Moves: places given back and passed on after the result, followed one by one.
import { fromHex, toHex } from "./bytes.mjs";
import { inOrder } from "./order.mjs";
import { seatOf } from "./write.mjs";

export const moveKinds = ["declined", "waiting", "passed", "late", "removed"];

/** Where everybody stands, from the result onwards. */
export class Standing {
    constructor(list, order, answer) {
        this.list = list;
        this.order = order;
        this.kind = Int32Array.from(answer.kind); // of place, -1: none
        this.wish = Int32Array.from(answer.wish); // at which each stands, -1: at none
        this.gaveBack = new Uint8Array(list.count);
        this.passed = new Set(); // wishes whose waiting list somebody has left
        this.taken = new Float64Array(list.kinds.length);
        this.kind.forEach((kind, ticket) => kind >= 0 && (this.taken[kind] += list.places[ticket]));
        this.waitingOrder = new Map();
    }

    free(kind) {
        return Math.max(0, this.list.kinds[kind].places - this.taken[kind]);
    }

    /** Whether the ticket of this wish is on the waiting lists of its offer. */
    waits(wish) {
        const { list } = this;
        const ticket = this.order.applicant[wish];
        if (this.gaveBack[ticket] || this.passed.has(wish)) return false;
        if (this.kind[ticket] < 0) return true;
        if (list.waiting !== "all" || list.kinds[this.kind[ticket]].offer === list.wishOffer[wish]) return false;
        return this.wish[ticket] < 0 || this.wish[ticket] > wish;
    }

    /** The first of a kind's waiting list whose places fit into what is free; -1 when there is none. */
    firstWaiting(kind) {
        const { list, order } = this;
        if (!this.waitingOrder.has(kind))
            this.waitingOrder.set(kind, inOrder(list, order, list.kinds[kind], list.waitingLots === "reversed"));
        const free = this.free(kind);
        if (free === 0) return -1;
        for (const wish of this.waitingOrder.get(kind)) {
            const ticket = order.applicant[wish];
            if (list.places[ticket] <= free && this.waits(wish)) return ticket;
        }
        return -1;
    }

    /** Why this move is not allowed, or null. `to` is a kind of place, -1 for none. */
    objection({ word, ticket, from, to }) {
        const { list } = this;
        if (from !== this.kind[ticket]) return `the child stands at ${seatOf(list, this.kind[ticket])}`;
        if (word === "declined" || word === "removed") {
            if (from < 0) return "the child has no place";
            return to < 0 ? null : "TO must be -";
        }
        if (to < 0) return "TO must be a seat";
        if (word === "late")
            return this.free(to) >= list.places[ticket] ? null : `only ${this.free(to)} places are free there`;
        const first = this.firstWaiting(to);
        if (first === ticket) return null;
        if (first < 0) return "nobody on the waiting list fits into what is free there";
        return { first };
    }

    carryOut({ word, ticket, to }) {
        const { list } = this;
        const wish = to < 0 ? -1 : this.wishFor(ticket, list.kinds[to].offer);
        if (word === "passed") {
            this.passed.add(wish);
            return;
        }
        if (this.kind[ticket] >= 0) this.taken[this.kind[ticket]] -= list.places[ticket];
        if (to >= 0) this.taken[to] += list.places[ticket];
        if (to < 0) this.gaveBack[ticket] = 1;
        this.kind[ticket] = to;
        this.wish[ticket] = wish;
    }

    wishFor(ticket, offer) {
        const { wishStart, wishOffer } = this.list;
        for (let wish = wishStart[ticket]; wish < wishStart[ticket + 1]; wish++)
            if (wishOffer[wish] === offer) return wish;
        return -1;
    }
}

/** Reads one part of moves and follows it; returns how many there were. */
export function followMoves(lines, standing) {
    const { list } = standing;
    const count = lines.open("moves", "moves COUNT").item();
    if (count === 0) lines.bad("a part of moves has at least one");
    lines.close();
    for (let number = 0; number < count; number++) {
        lines.open("move", "move KIND TICKET FROM TO TEXT");
        const word = lines.word(...moveKinds);
        const hash = lines.hash();
        const ticket = findTicket(list, fromHex(hash));
        if (ticket < 0) lines.bad("no applicant has this ticket");
        const move = { word, ticket, from: readSeat(lines, list), to: readSeat(lines, list) };
        lines.text();
        const objection = standing.objection(move);
        if (objection !== null && objection.first !== undefined) {
            const first = list.tickets.subarray(32 * objection.first, 32 * objection.first + 32);
            lines.fail(
                "the child is not the first on the waiting list whose places fit",
                `move ${word} ${toHex(first)} …`,
            );
        }
        if (objection !== null) lines.fail(`this move cannot be: ${objection}`, lines.form);
        standing.carryOut(move);
    }
    return count;
}

function readSeat(lines, list) {
    const word = lines.word();
    if (word === "-") return -1;
    const match = /^(0|[1-9][0-9]{0,9})(?:\.(0|[1-9][0-9]{0,2}))?$/.exec(word);
    const offer = match && list.offers[Number(match[1])];
    if (!offer) lines.bad("a seat, or -, belongs here");
    if ((match[2] === undefined) !== (offer.kinds === 0) || Number(match[2] ?? 0) >= Math.max(1, offer.kinds))
        lines.bad(`offer ${match[1]} has ${offer.kinds} kinds of places`);
    return offer.firstKind + Number(match[2] ?? 0);
}

function findTicket(list, bytes) {
    let [low, high] = [0, list.count];
    while (low < high) {
        const middle = (low + high) >> 1;
        let difference = 0;
        for (let byte = 0; byte < 32 && difference === 0; byte++)
            difference = list.tickets[32 * middle + byte] - bytes[byte];
        if (difference === 0) return middle;
        if (difference < 0) low = middle + 1;
        else high = middle;
    }
    return -1;
}
