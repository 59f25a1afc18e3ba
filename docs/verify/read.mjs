// Reads the list and the seed: their forms, and what of them can be checked without running
// anything. The list comes out as one object:
//
//   round, policy, program            texts and a hash
//   mechanism, lots, together, waiting, waitingLots    the words of the file
//   balance                           true or false
//   audit, step                       numbers
//   groups, sites                     texts
//   offers                            { capacity, order, balance, kinds, text, firstKind }
//   kinds                             all kinds of places of all offers, one after another:
//                                     { offer, index, places, whom, order, groups }; an offer
//                                     without kinds has one here, whose index is null
//   reachStart, reachOffer, reachSteps      what site s reaches: [reachStart[s], reachStart[s+1])
//   count, children                   how many tickets, how many places they ask for
//   tickets, commitments              32 bytes each
//   site (-1: none), flags, places    one each
//   wishStart, wishOffer, wishCategory, wishPriority, wishGroup (0: none)
//                                     wishes of ticket a: [wishStart[a], wishStart[a+1])
//   lineStart, lineStop               where the ticket's line stands in the file
//   rules, root, rootSha256           hashes
import { Column, fromHex, toHex, toUtf8, u32, u64 } from "./bytes.mjs";
import { Sha256 } from "./sha256.mjs";
import { Sm3, sm3 } from "./sm3.mjs";
import { MerkleTree } from "./merkle.mjs";
import { Unusable } from "./lines.mjs";

export function readList(lines) {
    const list = readRules(lines);
    readApplicants(lines, list);
    return list;
}

function readRules(lines) {
    const list = {};
    lines.open("jiaoti-transcript", "jiaoti-transcript 2");
    if (lines.item() !== 2) throw new Unusable("the file is a transcript of another format than 2");
    lines.close();
    const text = (keyword) => lines.open(keyword, `${keyword} TEXT`).text();
    const choice = (keyword, ...words) => {
        const word = lines.open(keyword, `${keyword} ${words.join("|")}`).word(...words);
        lines.close();
        return word;
    };
    list.round = text("round");
    list.policy = readHash(lines, "policy");
    list.program = text("program");
    list.mechanism = choice("mechanism", "serial", "deferred", "draw", "cycles");
    list.lots = choice("lots", "applicant", "choice");
    list.together = choice("together", "add", "fit");
    list.balance = choice("balance", "no", "yes") === "yes";
    list.waiting = choice("waiting", "all", "unplaced");
    list.waitingLots = choice("waiting-lots", "same", "reversed");
    list.audit = readNumber(lines, "audit");
    list.step = readNumber(lines, "step");
    list.groups = [];
    const groups = readNumber(lines, "groups", 65535);
    for (let number = 1; number <= groups; number++) {
        lines.open("group", `group ${number} TEXT`).counted(number);
        list.groups.push(lines.text());
    }
    readOffers(lines, list);
    readSites(lines, list);
    const rules = lines.open("rules", "rules HASH").hash();
    lines.close();
    list.rules = lines.hashBefore();
    if (rules !== list.rules) lines.fail("the rules were changed: their hash is another", `rules ${list.rules}`);
    return list;
}

function readNumber(lines, keyword, most) {
    const value = lines.open(keyword, `${keyword} NUMBER`).item(most);
    lines.close();
    return value;
}

function readHash(lines, keyword) {
    const value = lines.open(keyword, `${keyword} HASH`).hash();
    lines.close();
    return value;
}

function readOffers(lines, list) {
    list.offers = [];
    list.kinds = [];
    const count = readNumber(lines, "offers");
    for (let number = 0; number < count; number++) {
        lines.open("offer", `offer ${number} CAPACITY priority|lot closed|balance KINDS TEXT`).counted(number);
        const offer = { capacity: lines.item(), order: lines.word("priority", "lot") };
        offer.balance = lines.word("closed", "balance") === "balance";
        offer.kinds = lines.item(256);
        offer.text = lines.text();
        offer.firstKind = list.kinds.length;
        if (offer.kinds > 0 && offer.order !== "priority") lines.bad("an offer with kinds is marked `priority`");
        if (offer.kinds > 0 && list.mechanism === "cycles") lines.bad("with `mechanism cycles` there are no kinds");
        list.offers.push(offer);
        if (offer.kinds === 0)
            list.kinds.push({
                offer: number,
                index: null,
                places: offer.capacity,
                whom: "all",
                order: offer.order,
                groups: [],
            });
        let left = offer.capacity;
        for (let index = 0; index < offer.kinds; index++) {
            const kind = { offer: number, index, ...readKind(lines, list) };
            left -= kind.places;
            if (left < 0 || (index === offer.kinds - 1 && left > 0))
                lines.bad(`the places of the kinds of offer ${number} do not add up to ${offer.capacity}`);
            list.kinds.push(kind);
        }
    }
}

function readKind(lines, list) {
    lines.open("kind", "kind PLACES all|first|only|others priority|lot GROUPS");
    const kind = { places: lines.item(), whom: lines.word("all", "first", "only", "others") };
    kind.order = lines.word("priority", "lot");
    kind.groups = [];
    if (kind.whom === "all") lines.word("-");
    else {
        lines.space();
        do {
            if (kind.groups.length > 0) lines.at++;
            const group = lines.digits(list.groups.length, "the group");
            if (group <= (kind.groups.at(-1) ?? 0)) lines.bad("groups are numbered from 1 and stand rising");
            kind.groups.push(group);
        } while (lines.more() && lines.bytes[lines.at] === 44);
    }
    lines.close();
    return kind;
}

function readSites(lines, list) {
    list.sites = [];
    const starts = [0];
    const offers = new Column(Uint32Array);
    const steps = new Column(Uint32Array);
    const seen = new Uint32Array(list.offers.length);
    const count = readNumber(lines, "sites");
    for (let number = 0; number < count; number++) {
        lines.open("site", `site ${number} TEXT`).counted(number);
        list.sites.push(lines.text());
        lines.open("reach", "reach OFFER:STEPS …");
        let last = [-1, -1];
        while (lines.more()) {
            lines.space();
            const offer = lines.digits(list.offers.length - 1, "the offer");
            colon(lines);
            const step = lines.digits(1000000, "the steps");
            if (step < last[0] || (step === last[0] && offer <= last[1]))
                lines.bad("the reach is not nearest first, then by offer");
            if (seen[offer] === number + 1) lines.bad(`offer ${offer} stands twice`);
            seen[offer] = number + 1;
            last = [step, offer];
            offers.push(offer);
            steps.push(step);
        }
        starts.push(offers.length);
    }
    list.reachStart = Uint32Array.from(starts);
    list.reachOffer = offers.done();
    list.reachSteps = steps.done();
}

function colon(lines) {
    if (!lines.more() || lines.bytes[lines.at] !== 58) lines.bad("a colon is missing");
    lines.at++;
}

function readApplicants(lines, list) {
    const count = readNumber(lines, "applicants");
    const column = {
        tickets: new Column(Uint8Array),
        commitments: new Column(Uint8Array),
        site: new Column(Int32Array),
        flags: new Column(Uint8Array),
        places: new Column(Uint8Array),
        wishStart: new Column(Uint32Array),
        wishOffer: new Column(Uint32Array),
        wishCategory: new Column(Uint16Array),
        wishPriority: new Column(Uint32Array),
        wishGroup: new Column(Uint16Array),
        lineStart: new Column(Uint32Array),
        lineStop: new Column(Uint32Array),
    };
    const trees = [new MerkleTree(Sm3), new MerkleTree(Sha256)];
    const seen = new Uint32Array(list.offers.length);
    list.count = count;
    list.children = 0;
    for (let number = 0; number < count; number++) {
        lines.open("applicant", "applicant TICKET COMMITMENT SITE FLAGS PLACES OFFER:CATEGORY:PRIORITY[:GROUP] …");
        if (number === 0) lines.tableBegins();
        readApplicant(lines, list, column, number, seen);
        for (const tree of trees) tree.add(lines.bytes, lines.start, lines.stop);
        lines.tableEnds();
    }
    column.wishStart.push(column.wishOffer.length);
    for (const name of Object.keys(column)) list[name] = column[name].done();
    [list.root, list.rootSha256] = trees.map((tree) => toHex(tree.root()));
    expectRoots(lines, list.root, list.rootSha256, "the table of applicants was changed: its root is another");
    lines.expect(`count ${count} ${list.children}`, "the counts of tickets and children are others");
}

/** The two lines behind a table. */
export function expectRoots(lines, root, rootSha256, message) {
    lines.expect(`root sm3 ${root}`, message);
    lines.expect(`root sha256 ${rootSha256}`, message);
}

function readApplicant(lines, list, column, number, seen) {
    const at = column.tickets.room(32);
    const tickets = column.tickets.values;
    lines.hashInto(tickets, at);
    column.tickets.length += 32;
    if (number > 0 && compareBytes(tickets, at - 32, at) >= 0) lines.bad("tickets do not stand rising, each once");
    const place = column.commitments.room(32);
    lines.hashInto(column.commitments.values, place);
    column.commitments.length += 32;
    lines.space();
    if (lines.bytes[lines.at] === 45) {
        lines.at++;
        column.site.push(-1);
    } else column.site.push(lines.digits(list.sites.length - 1, "the site"));
    column.flags.push(lines.item(1, "FLAGS"));
    const places = lines.item(list.mechanism === "cycles" ? 1 : 8, "PLACES");
    if (places < 1) lines.bad("PLACES is at least 1");
    column.places.push(places);
    list.children += places;
    column.wishStart.push(column.wishOffer.length);
    const first = column.wishOffer.length;
    while (lines.more()) {
        lines.space();
        const offer = lines.digits(list.offers.length - 1, "the offer");
        if (seen[offer] === number + 1) lines.bad(`offer ${offer} stands twice`);
        seen[offer] = number + 1;
        colon(lines);
        column.wishOffer.push(offer);
        column.wishCategory.push(lines.digits(65535, "the category"));
        colon(lines);
        column.wishPriority.push(lines.digits(4294967295, "the priority"));
        let group = 0;
        if (lines.more() && lines.bytes[lines.at] === 58) {
            lines.at++;
            group = lines.digits(list.groups.length, "the group");
            if (group === 0) lines.bad("groups are numbered from 1; none is left out");
        }
        column.wishGroup.push(group);
        if (column.wishOffer.length - first > 65535) lines.bad("more than 65535 wishes");
    }
    column.lineStart.push(lines.start);
    column.lineStop.push(lines.stop);
}

function compareBytes(bytes, one, two) {
    for (let at = 0; at < 32; at++) if (bytes[one + at] !== bytes[two + at]) return bytes[one + at] - bytes[two + at];
    return 0;
}

/** Reads the seed's part and computes the seed again: { witnesses, publics, seed }. */
export function readSeed(lines, list) {
    const part = { witnesses: [], publics: [] };
    const witnesses = readNumber(lines, "witnesses", 1000);
    for (let number = 0; number < witnesses; number++) {
        lines.open("witness", "witness COMMITMENT SECRET|missing TEXT");
        const commitment = lines.hash();
        const secret = lines.word();
        if (secret !== "missing" && !/^(?:[0-9a-f]{2}){16,64}$/.test(secret))
            lines.bad("a secret is 16 to 64 bytes as digits, or `missing`");
        const who = lines.text();
        if (secret !== "missing" && toHex(sm3(fromHex(secret))) !== commitment)
            lines.fail(
                "the secret does not fit its commitment",
                `witness ${toHex(sm3(fromHex(secret)))} …, or another secret`,
            );
        part.witnesses.push({ commitment, secret: secret === "missing" ? null : secret, who });
    }
    const publics = readNumber(lines, "publics", 100);
    if (publics === 0 && part.witnesses.every((witness) => witness.secret === null))
        lines.bad("at least one secret or public value must be there");
    for (let number = 0; number < publics; number++) {
        const name = lines.open("public", "public TEXT").text();
        part.publics.push({ name, value: lines.open("value", "value TEXT").text() });
    }
    part.seed = seedOf(list, part);
    lines.expect(`seed ${part.seed}`, "the seed is another");
    return part;
}

/** The seed that the rules, the root, the secrets and the public values give. */
export function seedOf(list, { witnesses, publics }) {
    const parts = [u32(2), fromHex(list.rules), fromHex(list.root), u64(list.count), u32(witnesses.length)];
    for (const { secret } of witnesses)
        if (secret === null) parts.push(new Uint8Array([0]));
        else parts.push(new Uint8Array([1]), u32(secret.length / 2), fromHex(secret));
    parts.push(u32(publics.length));
    for (const { name, value } of publics)
        for (const text of [toUtf8(name), toUtf8(value)]) parts.push(u32(text.length), text);
    return toHex(sm3(...parts));
}
