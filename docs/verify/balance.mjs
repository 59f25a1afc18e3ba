// Balance: who got no wish is placed as near as the whole allows.
//
// Children of one site differ only in their draw numbers, so the plan says how many go from
// each site to each offer. In the order of the document: who can be placed at all (1), the
// smallest greatest distance (2), the smallest total by the method of shortest ways and prices
// (3, 4), and then the children one by one (5). `answer.kind` is filled in.
import { Network } from "./flow.mjs";

export const reasons = ["no-balance", "declined-balance", "no-site", "nothing-in-reach", "shortage"];

/**
 * { reason: of each ticket without a place, else null; and with `balance yes`: asked, placed,
 * unplaced, greatest, total, togetherAsked, togetherPlaced, price (per offer), cut, short,
 * and for checking: room (r(j)), askedAt (tickets of one place per site) and sent (per edge) }
 */
export function balance(list, lots, answer) {
    const outcome = { reason: new Array(list.count).fill(null) };
    const asked = askedTickets(list, answer);
    if (list.balance) {
        const leftByKind = placesLeft(list, answer);
        const room = list.offers.map((offer, number) => (offer.balance ? sumOfKinds(list, number, leftByKind) : 0));
        outcome.leftOver = room.slice();
        const goes = together(list, lots, asked, room, outcome);
        outcome.room = room.slice();
        plan(list, lots, asked, room, goes, outcome);
        seat(list, lots, answer, goes, leftByKind);
    }
    for (let ticket = 0; ticket < list.count; ticket++)
        if (answer.kind[ticket] < 0) outcome.reason[ticket] = reasonOf(list, ticket, outcome);
    return outcome;
}

function askedTickets(list, answer) {
    const asked = new Uint8Array(list.count);
    for (let ticket = 0; ticket < list.count; ticket++)
        asked[ticket] =
            list.balance && answer.wish[ticket] < 0 && list.site[ticket] >= 0 && list.flags[ticket] === 0 ? 1 : 0;
    return asked;
}

/** What the wishes left over, by kind; kinds `only` give nothing to balance. */
function placesLeft(list, answer) {
    const left = Float64Array.from(list.kinds, (kind) => kind.places);
    answer.kind.forEach((kind, ticket) => kind >= 0 && (left[kind] -= list.places[ticket]));
    return left.map((places, number) => (list.kinds[number].whom === "only" ? 0 : Math.max(0, places)));
}

function sumOfKinds(list, offer, left) {
    const { firstKind, kinds } = list.offers[offer];
    let sum = 0;
    for (let number = firstKind; number < firstKind + Math.max(1, kinds); number++) sum += left[number];
    return sum;
}

/** Tickets of several places: each to the nearest offer that still has so many. */
function together(list, lots, asked, room, outcome) {
    const goes = new Int32Array(list.count).fill(-1);
    outcome.togetherAsked = 0;
    outcome.togetherPlaced = 0;
    for (const ticket of lots.byLot) {
        if (!asked[ticket] || list.places[ticket] === 1) continue;
        outcome.togetherAsked++;
        const site = list.site[ticket];
        for (let edge = list.reachStart[site]; edge < list.reachStart[site + 1]; edge++) {
            const offer = list.reachOffer[edge];
            if (room[offer] < list.places[ticket]) continue;
            room[offer] -= list.places[ticket];
            goes[ticket] = offer;
            outcome.togetherPlaced++;
            break;
        }
    }
    return goes;
}

function plan(list, lots, asked, room, goes, outcome) {
    const takesPart = Uint8Array.from(room, (places) => (places > 0 ? 1 : 0));
    const network = new Network(list, takesPart);
    const singles = Array.from(lots.byLot).filter((ticket) => asked[ticket] && list.places[ticket] === 1);
    const askedAt = new Float64Array(list.sites.length);
    for (const ticket of singles) askedAt[list.site[ticket]]++;

    // 1. As many as possible; by the order of lots when that is not all.
    network.begin(askedAt, room);
    let placedAt = askedAt.slice();
    outcome.short = [];
    if (!network.sendAll()) {
        outcome.short = network.reachable();
        placedAt = new Float64Array(list.sites.length);
        network.begin(askedAt, room);
        for (const ticket of singles) placedAt[list.site[ticket]] += network.send(list.site[ticket], 1);
    }
    const placed = placedAt.reduce((sum, children) => sum + children, 0);

    // 2. The smallest greatest distance at which all of these can still be placed.
    outcome.cut = [];
    outcome.greatest = 0;
    if (placed > 0) {
        outcome.greatest = smallestLimit(list, network, placedAt, room);
        network.begin(placedAt, room, outcome.greatest - 1).sendAll();
        outcome.cut = network.reachable();
    }

    // 3 and 4. The smallest total, by one method.
    const { sent, price } = cheapest(list, network, placedAt, room, outcome.greatest);
    outcome.total = sent.reduce((sum, children, edge) => sum + children * list.reachSteps[edge], 0);
    Object.assign(outcome, { asked: singles.length, placed, unplaced: singles.length - placed, price, askedAt, sent });

    // 5. The children of a site take its places nearest first, in the order of their lots.
    const edgeOf = Uint32Array.from(list.reachStart.subarray(0, list.sites.length));
    const rest = sent.slice();
    for (const ticket of singles) {
        const site = list.site[ticket];
        while (edgeOf[site] < list.reachStart[site + 1] && rest[edgeOf[site]] === 0) edgeOf[site]++;
        if (edgeOf[site] === list.reachStart[site + 1]) continue;
        rest[edgeOf[site]]--;
        goes[ticket] = list.reachOffer[edgeOf[site]];
    }
}

function smallestLimit(list, network, placedAt, room) {
    const steps = Array.from(new Set(list.reachSteps)).sort((one, two) => one - two);
    let [low, high] = [0, steps.length - 1];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (network.begin(placedAt, room, steps[middle]).canSendAll()) high = middle;
        else low = middle + 1;
    }
    return steps[low];
}

/** The method of shortest ways and prices: { sent, price (of offers) }. */
function cheapest(list, network, placedAt, room, limit) {
    network.begin(placedAt, room, limit);
    const price = new Float64Array(list.offers.length);
    const sitePrice = new Float64Array(list.sites.length);
    const search = new Search(list, network, price, sitePrice);
    for (let site = 0; site < list.sites.length; site++) {
        if (network.children[site] === 0) continue;
        let least = Infinity;
        search.eachOffer(site, (edge, offer) => (least = Math.min(least, list.reachSteps[edge] + price[offer])));
        sitePrice[site] = least;
        while (network.children[site] > 0) {
            const goal = search.run(site);
            network.children[site] -= network.sendAlong(goal, network.children[site]);
            search.raise(goal);
        }
    }
    return { sent: network.sent, price };
}

/** One search for the shortest way from a site to an offer with room. */
class Search {
    constructor(list, network, price, sitePrice) {
        Object.assign(this, { list, network, price, sitePrice });
        this.siteFar = new Float64Array(list.sites.length).fill(Infinity);
        this.offerFar = new Float64Array(list.offers.length).fill(Infinity);
        this.left = new Uint8Array(list.offers.length);
        this.sites = []; // visited
        this.offers = []; // reached
        this.heap = []; // pairs of distance, offer
    }
    eachOffer(site, see) {
        const { list, network } = this;
        for (let edge = list.reachStart[site]; edge < list.reachStart[site + 1]; edge++) {
            if (list.reachSteps[edge] > network.limit) break;
            if (network.takesPart[list.reachOffer[edge]]) see(edge, list.reachOffer[edge]);
        }
    }
    run(start) {
        const { list, network } = this;
        for (const site of this.sites) this.siteFar[site] = Infinity;
        for (const offer of this.offers) {
            this.offerFar[offer] = Infinity;
            this.left[offer] = 0;
        }
        this.sites = [];
        this.offers = [];
        this.heap = [];
        this.visit(start, 0, -1);
        while (this.heap.length > 0) {
            const offer = this.nearest();
            if (this.left[offer]) continue;
            this.left[offer] = 1;
            if (network.room[offer] > 0) return offer;
            for (let back = network.backStart[offer]; back < network.backStart[offer + 1]; back++) {
                const edge = network.backEdge[back];
                const site = network.siteOf[edge];
                if (network.sent[edge] > 0 && this.siteFar[site] === Infinity)
                    this.visit(site, this.offerFar[offer], edge);
            }
        }
        throw new Error("balance found no way where there must be one");
    }
    visit(site, far, cameBy) {
        const { list, network } = this;
        this.siteFar[site] = far;
        this.sites.push(site);
        network.cameBy[site] = cameBy;
        this.eachOffer(site, (edge, offer) => {
            const way = far + list.reachSteps[edge] + this.price[offer] - this.sitePrice[site];
            if (way >= this.offerFar[offer]) return;
            if (this.offerFar[offer] === Infinity) this.offers.push(offer);
            this.offerFar[offer] = way;
            network.offerCameBy[offer] = edge;
            this.put(way, offer);
        });
    }
    /** Prices go up so that the way to the goal costs nothing more. */
    raise(goal) {
        const far = this.offerFar[goal];
        for (const site of this.sites) this.sitePrice[site] += far - this.siteFar[site];
        for (const offer of this.offers)
            if (this.offerFar[offer] < far) this.price[offer] += far - this.offerFar[offer];
    }
    before(one, two) {
        return one.far - two.far || one.offer - two.offer;
    }
    put(far, offer) {
        const { heap } = this;
        const item = { far, offer };
        let at = heap.length;
        while (at > 0) {
            const parent = (at - 1) >> 1;
            if (this.before(heap[parent], item) <= 0) break;
            heap[at] = heap[parent];
            at = parent;
        }
        heap[at] = item;
    }
    nearest() {
        const { heap } = this;
        const top = heap[0];
        const item = heap.pop();
        if (heap.length === 0) return top.offer;
        let at = 0;
        for (;;) {
            let child = 2 * at + 1;
            if (child >= heap.length) break;
            if (child + 1 < heap.length && this.before(heap[child + 1], heap[child]) < 0) child++;
            if (this.before(heap[child], item) >= 0) break;
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = item;
        return top.offer;
    }
}

/** Which kind of place each balanced ticket takes at its offer. */
function seat(list, lots, answer, goes, left) {
    const take = (several) => {
        for (const ticket of lots.byLot) {
            if (goes[ticket] < 0 || list.places[ticket] > 1 !== several) continue;
            const { firstKind, kinds } = list.offers[goes[ticket]];
            const last = firstKind + Math.max(1, kinds);
            let number = firstKind;
            while (number < last && left[number] < list.places[ticket]) number++;
            if (number === last) for (number = firstKind; left[number] <= 0;) number++;
            left[number] -= list.places[ticket];
            answer.kind[ticket] = number;
        }
    };
    take(true);
    take(false);
}

function reasonOf(list, ticket, outcome) {
    if (!list.balance) return reasons[0];
    if (list.flags[ticket] === 1) return reasons[1];
    const site = list.site[ticket];
    if (site < 0) return reasons[2];
    for (let edge = list.reachStart[site]; edge < list.reachStart[site + 1]; edge++)
        if (outcome.leftOver[list.reachOffer[edge]] > 0) return reasons[4];
    return reasons[3];
}
