// Siblings together, where what does not fit is not given: rounds, then repair.
//
// An offer chooses kind by kind, and a kind passes over whoever does not fit into what it has
// left. So who comes first matters, there may be no stable answer, and everything here follows
// the document step by step.
import { apart } from "./order.mjs";
import { emptyAnswer } from "./allot.mjs";

const mostSteps = 1000;

export function allotTogether(list, lots, order) {
    const table = new Table(list, order);
    rounds(list, order, table);
    const afterRounds = table.answer();
    const repairs = repair(list, lots, order, table);
    if (repairs !== null) return { ...table.answer(), repairs };
    return { ...afterRounds, over: passedOver(list, order, afterRounds) };
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
    /**
     * Whether the offer, choosing among those it has and this one, would choose it. Whoever a
     * kind would choose before it comes, it chooses with it too: so it is enough to know what
     * each kind has left in front of whom, when it chooses among those the offer has.
     */
    would(wish) {
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
            if (this.size(wish) <= left[low]) return true;
        }
        return false;
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

/** The number of steps, or null when the repair was given up. */
function repair(list, lots, order, table) {
    const { applicant } = order;
    const byLot = (one, two) => lots.lotRank[applicant[one]] - lots.lotRank[applicant[two]];
    const watch = new Watch(list, order, lots, table);
    let steps = 0;
    for (;;) {
        const first = watch.first();
        if (first < 0) return steps;
        const queue = [];
        const goTo = (wish) => {
            const offer = list.wishOffer[wish];
            queue.push(
                ...table
                    .choose(offer, [wish])
                    .sort(byLot)
                    .map((lost) => applicant[lost]),
            );
            watch.changed(offer);
        };
        if (++steps > mostSteps) return null;
        const left = table.wish[applicant[first]];
        if (left >= 0) {
            table.leavePlace(left);
            watch.changed(list.wishOffer[left]);
        }
        goTo(first);
        for (let at = 0; at < queue.length; at++) {
            const ticket = queue[at];
            for (let wish = list.wishStart[ticket]; wish < list.wishStart[ticket + 1]; wish++)
                if (table.would(wish)) {
                    if (++steps > mostSteps) return null;
                    goTo(wish);
                    break;
                }
        }
    }
}

/** Knows at which wishes a ticket would be chosen, and looks again only where something changed. */
class Watch {
    constructor(list, order, lots, table) {
        Object.assign(this, { list, order, lots, table });
        this.chosen = new Uint8Array(list.wishOffer.length);
        this.stale = new Set(list.offers.keys());
    }
    changed(offer) {
        this.stale.add(offer);
    }
    /** The best wish of the first by lot who is passed over; -1 when nobody is. */
    first() {
        const { list, order, table } = this;
        for (const offer of this.stale)
            for (let at = order.offerStart[offer]; at < order.offerStart[offer + 1]; at++) {
                const wish = order.offerWish[at];
                this.chosen[wish] = table.would(wish) ? 1 : 0;
            }
        this.stale.clear();
        for (const ticket of this.lots.byLot) {
            const end = table.wish[ticket] >= 0 ? table.wish[ticket] : list.wishStart[ticket + 1];
            for (let wish = list.wishStart[ticket]; wish < end; wish++) if (this.chosen[wish]) return wish;
        }
        return -1;
    }
}
