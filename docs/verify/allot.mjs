// The run: who gets which wish.
//
// The answer is one number per ticket: the wish that it got (`wish`, -1: none) and the kind of
// place it stands at (`kind`, an index into list.kinds). Balance fills in `kind` for those
// whom it places, and leaves `wish` at -1.
import { apart, inOrder } from "./order.mjs";
import { allotTogether } from "./together.mjs";

/** { wish, kind, repairs, over }; `over`: wishes at which somebody was passed over. */
export function allot(list, lots, order) {
    if (list.mechanism === "cycles") return circles(list, order);
    if (list.together === "fit" && list.places.some((places) => places > 1)) return allotTogether(list, lots, order);
    return deferred(list, order);
}

export function emptyAnswer(list) {
    return {
        wish: new Int32Array(list.count).fill(-1),
        kind: new Int32Array(list.count).fill(-1),
        repairs: 0,
        over: [],
    };
}

/**
 * Deferred acceptance. A kind of place keeps those it has chosen in a heap, the last of its
 * order on top. Who comes is put in; then, while before the last one as many places are given
 * as the kind has, the last one goes on to the next kind, and behind the last kind to the next
 * wish. Whom a kind has let go it would never choose again, so the order of asking does not
 * matter and nobody needs to be looked at twice.
 */
function deferred(list, order) {
    const { applicant, local, standing } = order;
    const heaps = list.kinds.map(() => []);
    const given = new Float64Array(list.kinds.length);
    const asking = []; // pairs: wish, kind
    for (let ticket = list.count - 1; ticket >= 0; ticket--) ask(list, asking, ticket, list.wishStart[ticket]);
    while (asking.length > 0) {
        const number = asking.pop();
        const wish = asking.pop();
        const offer = list.wishOffer[wish];
        if (number >= list.kinds.length || list.kinds[number].offer !== offer) {
            ask(list, asking, applicant[wish], wish + 1);
            continue;
        }
        const place = standing[number];
        if (place[local[wish]] === apart) {
            asking.push(wish, number + 1);
            continue;
        }
        const heap = heaps[number];
        const key = (one) => place[local[one]];
        pushLast(heap, wish, key);
        given[number] += list.places[applicant[wish]];
        while (heap.length > 0) {
            const size = list.places[applicant[heap[0]]];
            if (given[number] - size < list.kinds[number].places) break;
            asking.push(popLast(heap, key), number + 1);
            given[number] -= size;
        }
    }
    const answer = emptyAnswer(list);
    heaps.forEach((heap, number) => {
        for (const wish of heap) {
            answer.wish[applicant[wish]] = wish;
            answer.kind[applicant[wish]] = number;
        }
    });
    return answer;
}

function ask(list, asking, ticket, wish) {
    if (wish < list.wishStart[ticket + 1]) asking.push(wish, list.offers[list.wishOffer[wish]].firstKind);
}

function pushLast(heap, item, key) {
    let at = heap.length;
    heap.push(item);
    while (at > 0) {
        const parent = (at - 1) >> 1;
        if (key(heap[parent]) >= key(item)) break;
        heap[at] = heap[parent];
        at = parent;
    }
    heap[at] = item;
}

function popLast(heap, key) {
    const top = heap[0];
    const item = heap.pop();
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
        let child = 2 * at + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && key(heap[child + 1]) > key(heap[child])) child++;
        if (key(heap[child]) <= key(item)) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = item;
    return top;
}

/**
 * Top trading cycles. From a ticket the way leads to the best of its wishes that has places
 * left, from there to the first who is still without a place, and so on, until it comes to a
 * ticket that is on the way already: that is a circle, and its places are given. The rest of
 * the way still holds and is gone on from.
 */
function circles(list, order) {
    const answer = emptyAnswer(list);
    const left = list.offers.map((offer) => offer.capacity);
    const sorted = list.kinds.map((kind) => inOrder(list, order, kind, false));
    const first = new Uint32Array(list.offers.length);
    const next = Uint32Array.from(list.wishStart.subarray(0, list.count));
    const finished = new Uint8Array(list.count);
    const onWay = new Int32Array(list.count).fill(-1);
    for (let start = 0; start < list.count; start++) {
        const way = finished[start] ? [] : [start];
        onWay[start] = 0;
        while (way.length > 0) {
            const ticket = way.at(-1);
            while (next[ticket] < list.wishStart[ticket + 1] && left[list.wishOffer[next[ticket]]] === 0)
                next[ticket]++;
            if (next[ticket] === list.wishStart[ticket + 1]) {
                finished[way.pop()] = 1;
                continue;
            }
            const offer = list.wishOffer[next[ticket]];
            while (finished[order.applicant[sorted[offer][first[offer]]]]) first[offer]++;
            const other = order.applicant[sorted[offer][first[offer]]];
            if (onWay[other] < 0 || way[onWay[other]] !== other) {
                onWay[other] = way.length;
                way.push(other);
                continue;
            }
            for (const one of way.splice(onWay[other])) {
                answer.wish[one] = next[one];
                answer.kind[one] = list.wishOffer[next[one]];
                left[list.wishOffer[next[one]]]--;
                finished[one] = 1;
            }
        }
    }
    return answer;
}
