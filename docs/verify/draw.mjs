// Draw numbers and the audit: keyed hashes of the seed, the round's label and the ticket.
//
// A draw number has 16 bytes. It is kept as four numbers of 32 bits; what the run needs is
// only who stands before whom, so all tickets are sorted once and the run compares places in
// that order.
import { fromHex, toUtf8, u32 } from "./bytes.mjs";
import { HmacSm3 } from "./sm3.mjs";

/**
 * { own, atWish, byLot, lotRank }: `own` the lots of the tickets, four numbers each, `atWish`
 * those of the wishes (null when there is one per applicant), `byLot` the tickets in the
 * order of (lot, ticket), `lotRank` where each stands in it.
 */
export function drawLots(list, seed) {
    const hmac = new HmacSm3(fromHex(seed), toUtf8("lot" + list.round));
    const bytes = new Uint8Array(32);
    const words = new DataView(bytes.buffer);
    const own = new Uint32Array(4 * list.count);
    const atWish = list.lots === "choice" ? new Uint32Array(4 * list.wishOffer.length) : null;
    const draw = (ticket, offer, into, place) => {
        hmac.of(list.tickets, 32 * ticket, 32 * ticket + 32, offer, bytes);
        for (let word = 0; word < 4; word++) into[4 * place + word] = words.getUint32(4 * word);
    };
    for (let ticket = 0; ticket < list.count; ticket++) {
        draw(ticket, null, own, ticket);
        if (atWish)
            for (let wish = list.wishStart[ticket]; wish < list.wishStart[ticket + 1]; wish++)
                draw(ticket, u32(list.wishOffer[wish]), atWish, wish);
    }
    const byLot = Uint32Array.from({ length: list.count }, (_, ticket) => ticket);
    byLot.sort((one, two) => compareLots(own, one, two) || one - two);
    const lotRank = new Uint32Array(list.count);
    byLot.forEach((ticket, place) => (lotRank[ticket] = place));
    return { own, atWish, byLot, lotRank };
}

export function compareLots(lots, one, two) {
    for (let word = 0; word < 4; word++) {
        const difference = lots[4 * one + word] - lots[4 * two + word];
        if (difference !== 0) return difference;
    }
    return 0;
}

/** A lot as 32 digits. */
export function lotDigits(lots, place) {
    let text = "";
    for (let word = 0; word < 4; word++) text += lots[4 * place + word].toString(16).padStart(8, "0");
    return text;
}

/** The tickets whose files are audited, in the order drawn. */
export function drawAudit(list, seed) {
    if (list.audit === 0) return [];
    const hmac = new HmacSm3(fromHex(seed), toUtf8("audit" + list.round));
    const all = new Uint8Array(32 * list.count);
    for (let ticket = 0; ticket < list.count; ticket++)
        hmac.of(list.tickets, 32 * ticket, 32 * ticket + 32, null, all.subarray(32 * ticket, 32 * ticket + 32));
    const order = Uint32Array.from({ length: list.count }, (_, ticket) => ticket);
    order.sort((one, two) => {
        for (let byte = 0; byte < 32; byte++) {
            const difference = all[32 * one + byte] - all[32 * two + byte];
            if (difference !== 0) return difference;
        }
        return one - two;
    });
    return Array.from(order.subarray(0, list.audit));
}
