// Siblings together, where what does not fit is not given: rounds, then repair.
//
// An offer chooses kind by kind, and a kind passes over whoever does not fit into what it has
// left. So who comes first matters, there may be no stable answer, and everything here follows
// the document step by step.
import { apart } from "./order.mjs";
import { emptyAnswer } from "./allot.mjs";

export function allotTogether(list, lots, order) {
    const table = new Table(list, order);
    rounds(list, order, table);
    const repairs = repair(list, lots, order, table);
    const answer = table.answer();
    return { ...answer, repairs, over: passedOver(list, order, answer) };
}

/** Whom each offer has, at which kind; and whom it would choose beside them. */
class Table {
    constructor(list, order) {
        this.list = list;
        this.order = order;
        this.held = list.offers.map(() => []); // wishes
        this.kind = new Int32Array(list.wishOffer.length).fill(-1);
        this.wish = new Int32Array(list.count).fill(-1);
        this.chosen = list.offers.map(() => null); // what `would` needs, computed when asked
    }
    size(wish) {
        return this.list.places[this.order.applicant[wish]];
    }
    kindsOf(offer) {
        const { firstKind, kinds } = this.list.offers[offer];
        return { from: firstKind, to: firstKind + Math.max(1, kinds) };
    }
    /** The offer chooses among those it has and `coming`; returns those who lose. */
    choose(offer, coming) {
        for (const wish of coming) this.wish[this.order.applicant[wish]] = wish;
        let pool = [...this.held[offer], ...coming];
        this.held[offer] = [];
        const { from, to } = this.kindsOf(offer);
        for (let number = from; number < to; number++)
            pool = this.fill(number, pool, (wish) => {
                this.kind[wish] = number;
                this.held[offer].push(wish);
            });
        for (const wish of pool) this.leave(wish);
        this.chosen[offer] = null;
        return pool;
    }
    /** One kind chooses from a pool; returns whom it did not choose. */
    fill(number, pool, choose) {
        const standing = this.order.standing[number];
        const place = (wish) => standing[this.order.local[wish]];
        let left = this.list.kinds[number].places;
        const rest = [];
        for (const wish of pool.sort((one, two) => place(one) - place(two)))
            if (place(wish) !== apart && this.size(wish) <= left) {
                left -= this.size(wish);
                choose(wish, place(wish));
            } else rest.push(wish);
        return rest;
    }
    leave(wish) {
        this.kind[wish] = -1;
        this.wish[this.order.applicant[wish]] = -1;
    }
    /** A ticket leaves its place; the others keep theirs until the offer chooses again. */
    leavePlace(wish) {
        const offer = this.list.wishOffer[wish];
        this.held[offer] = this.held[offer].filter((other) => other !== wish);
        this.leave(wish);
        this.chosen[offer] = null;
    }
    would(wish) {
        return this.wouldAt(wish) !== null;
    }
    /**
     * The kind at which the offer, choosing among those it has and this one, would choose it;
     * null if none. Whoever a kind would choose before it comes, it chooses with it too: so it
     * is enough to know what each kind has left in front of whom, when it chooses among those
     * the offer has.
     */
    wouldAt(wish) {
        const offer = this.list.wishOffer[wish];
        this.chosen[offer] ??= this.choosing(offer);
        for (const { number, places, left } of this.chosen[offer]) {
            const place = this.order.standing[number][this.order.local[wish]];
            if (place === apart) continue;
            let [low, high] = [0, places.length];
            while (low < high) {
                const middle = (low + high) >> 1;
                if (places[middle] < place) low = middle + 1;
                else high = middle;
            }
            if (this.size(wish) <= left[low]) return number;
        }
        return null;
    }
    choosing(offer) {
        const kinds = [];
        let pool = this.held[offer].slice();
        const { from, to } = this.kindsOf(offer);
        for (let number = from; number < to; number++) {
            const places = [];
            const left = [this.list.kinds[number].places];
            pool = this.fill(number, pool, (wish, place) => {
                places.push(place);
                left.push(left.at(-1) - this.size(wish));
            });
            kinds.push({ number, places, left });
        }
        return kinds;
    }
    answer() {
        const answer = emptyAnswer(this.list);
        answer.wish.set(this.wish);
        this.wish.forEach((wish, ticket) => wish >= 0 && (answer.kind[ticket] = this.kind[wish]));
        return answer;
    }
}

function rounds(list, order, table) {
    const next = Uint32Array.from(list.wishStart.subarray(0, list.count));
    let without = Array.from({ length: list.count }, (_, ticket) => ticket);
    for (;;) {
        const asking = new Map();
        for (const ticket of without) {
            const wish = next[ticket];
            if (wish === list.wishStart[ticket + 1]) continue;
            const offer = list.wishOffer[wish];
            if (!asking.has(offer)) asking.set(offer, []);
            asking.get(offer).push(wish);
        }
        if (asking.size === 0) return;
        without = [];
        for (const [offer, coming] of asking)
            for (const wish of table.choose(offer, coming)) {
                const ticket = order.applicant[wish];
                next[ticket] = wish + 1;
                without.push(ticket);
            }
    }
}

/** The wishes at which a ticket is passed over in this answer, by ticket, then rank. */
export function passedOver(list, order, answer) {
    const table = new Table(list, order);
    answer.wish.forEach((wish) => wish >= 0 && table.held[list.wishOffer[wish]].push(wish));
    const over = [];
    for (let ticket = 0; ticket < list.count; ticket++) {
        const end = answer.wish[ticket] >= 0 ? answer.wish[ticket] : list.wishStart[ticket + 1];
        for (let wish = list.wishStart[ticket]; wish < end; wish++) if (table.would(wish)) over.push(wish);
    }
    return over;
}

/** Repairs the table; the number of steps. */
function repair(list, lots, order, table) {
    const { applicant } = order;
    const times = new Uint8Array(list.wishOffer.length); // how often a wish was gone to
    const closed = (wish) => times[wish] === (table.size(wish) > 1 ? 1 : 50);
    const out = new Set();
    const calls = new Calls(list, order, table, (wish) => out.has(applicant[wish]) || closed(wish));
    const byLot = (one, two) => lots.lotRank[one] - lots.lotRank[two];
    let steps = 0;
    const goTo = (wish) => {
        const left = table.wish[applicant[wish]];
        if (left >= 0) table.leavePlace(left);
        const putOut = table.choose(list.wishOffer[wish], [wish]).map((lost) => applicant[lost]);
        times[wish]++;
        steps++;
        for (const ticket of putOut) out.add(ticket);
        for (const ticket of [applicant[wish], ...putOut]) calls.changed(ticket);
    };
    for (;;) {
        const called = calls.all().sort((one, two) => byLot(applicant[one], applicant[two]) || one - two);
        if (called.length > 0) {
            goTo(called[0]);
            continue;
        }
        if (out.size === 0) return steps;
        const [ticket] = [...out].sort(byLot);
        out.delete(ticket);
        for (let wish = list.wishStart[ticket]; wish < list.wishStart[ticket + 1]; wish++)
            if (!closed(wish) && table.would(wish)) {
                goTo(wish);
                break;
            }
    }
}

/** Whom each offer calls; looks again only where something changed. */
class Calls {
    constructor(list, order, table, barred) {
        Object.assign(this, { list, order, table, barred });
        this.of = list.offers.map(() => -1);
        this.stale = new Set(list.offers.keys());
    }
    /** The ticket has moved: all its offers may call somebody else. */
    changed(ticket) {
        for (let wish = this.list.wishStart[ticket]; wish < this.list.wishStart[ticket + 1]; wish++)
            this.stale.add(this.list.wishOffer[wish]);
    }
    /** The wishes at which tickets are called. */
    all() {
        for (const offer of this.stale) this.of[offer] = this.find(offer);
        this.stale.clear();
        return this.of.filter((wish) => wish >= 0);
    }
    find(offer) {
        const { order, table } = this;
        let [first, firstKind, firstPlace] = [-1, Infinity, Infinity];
        for (let at = order.offerStart[offer]; at < order.offerStart[offer + 1]; at++) {
            const wish = order.offerWish[at];
            const has = table.wish[order.applicant[wish]];
            if ((has >= 0 && has <= wish) || this.barred(wish)) continue;
            const kind = table.wouldAt(wish);
            if (kind === null) continue;
            const place = order.standing[kind][order.local[wish]];
            if (kind < firstKind || (kind === firstKind && place < firstPlace))
                [first, firstKind, firstPlace] = [wish, kind, place];
        }
        return first;
    }
}
