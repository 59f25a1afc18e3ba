// The file as lines, read once from its first byte to its last.
//
// The first line that cannot belong to a right file that begins like this one is the line to
// blame. So everything that can be known at a line is checked at that line: its check
// (CRC-32), its form, and then, by whoever reads it, what it says.
import { crc32 } from "./crc32.mjs";
import { Sm3 } from "./sm3.mjs";
import { digitValue, fromUtf8, shown, toHex } from "./bytes.mjs";

/** What is wrong, in which line, what stood there and what should. */
export class Wrong extends Error {
    constructor(line, message, found = "", expected = "") {
        super(message);
        this.line = line;
        this.found = found;
        this.expected = expected;
    }
}

/** A file that this program cannot judge: not a transcript, or one of another format. */
export class Unusable extends Error {}

const LF = 10;
const SPACE = 32;
const SHARP = 35;
const mostShown = 2000; // bytes of a wrong line
export const U32 = 4294967295;
const control = /[\u0000-\u001f\u007f-\u009f]/;

export class Lines {
    constructor(bytes) {
        this.bytes = bytes;
        this.number = 0; // of the present line, from 1
        this.start = 0; // where its content begins
        this.end = 0; // where its content ends
        this.stop = 0; // where its line feed is
        this.at = 0; // the next byte to read
        this.held = false;
        this.running = new Sm3();
        this.hashed = 0; // up to where `running` has gone
    }

    /** Goes to the next line and checks its check; false at the end of the file. */
    next() {
        if (this.held) {
            this.held = false;
            return true;
        }
        const { bytes } = this;
        const start = this.number === 0 ? 0 : this.stop + 1;
        if (start >= bytes.length) return false;
        this.number++;
        this.start = start;
        const stop = bytes.indexOf(LF, start);
        this.stop = stop < 0 ? bytes.length : stop;
        this.end = this.stop;
        if (stop < 0) this.fail("the line does not end with a line feed");
        this.end = stop - 10;
        if (this.end <= start || bytes[this.end] !== SPACE || bytes[this.end + 1] !== SHARP) {
            this.end = stop;
            this.fail("the line does not end with a space, # and the eight digits of its check");
        }
        let said = 0;
        for (let at = stop - 8; at < stop; at++) {
            if (digitValue[bytes[at]] > 15) this.fail("the check is not eight digits 0-9a-f");
            said = said * 16 + digitValue[bytes[at]];
        }
        const check = crc32(bytes, start, this.end);
        if (said !== check) {
            const digits = check.toString(16).padStart(8, "0");
            this.fail(
                "the check does not fit: this line was changed",
                `${this.content()} #${digits}, if only the check is wrong`,
            );
        }
        this.at = start;
        return true;
    }

    /** The next call of `next` stays at this line. */
    hold() {
        this.held = true;
    }

    content() {
        return shown(this.bytes.subarray(this.start, this.end));
    }

    fail(message, expected = "") {
        throw new Wrong(
            this.number,
            message,
            shown(this.bytes.subarray(this.start, Math.min(this.stop, this.start + mostShown))),
            expected,
        );
    }

    /** Goes to the next line, which must be there. */
    need(expected) {
        if (!this.next()) throw new Wrong(this.number + 1, "the file ends in the middle of a part", "", expected);
    }

    /** Whether the present line's first word is this one. */
    begins(keyword) {
        const { bytes, start, end } = this;
        if (end - start < keyword.length) return false;
        for (let at = 0; at < keyword.length; at++) if (bytes[start + at] !== keyword.charCodeAt(at)) return false;
        return start + keyword.length === end || bytes[start + keyword.length] === SPACE;
    }

    /** Goes to the next line and over its keyword. */
    open(keyword, form = `${keyword} …`) {
        this.need(form);
        this.form = form;
        if (!this.begins(keyword)) this.fail("another line belongs here", form);
        this.at = this.start + keyword.length;
        return this;
    }

    // What follows the keyword. Each of these reads one space and one item.

    bad(what) {
        this.fail(what, this.form);
    }

    /** Whether the content goes on. */
    more() {
        return this.at < this.end;
    }

    space() {
        if (this.at >= this.end) this.bad("something is missing at the end of the line");
        if (this.bytes[this.at] !== SPACE) this.bad("a space is missing");
        this.at++;
    }

    digits(most, what = "a number") {
        const { bytes, end } = this;
        const from = this.at;
        let value = 0;
        while (this.at < end && bytes[this.at] >= 48 && bytes[this.at] <= 57 && this.at - from < 16)
            value = value * 10 + bytes[this.at++] - 48;
        if (this.at === from) this.bad(`${what} is missing`);
        if (bytes[from] === 48 && this.at - from > 1) this.bad(`${what} begins with 0`);
        if (value > most) this.bad(`${what} is above ${most}`);
        return value;
    }

    item(most = U32, what) {
        this.space();
        const value = this.digits(most, what);
        if (this.at < this.end && this.bytes[this.at] !== SPACE) this.bad("a number does not end with its digits");
        return value;
    }

    /** A number that is counted on: it must be this one. */
    counted(value) {
        if (this.item() !== value) this.bad(`the number must be ${value}`);
    }

    /** One of the given words. */
    word(...choices) {
        this.space();
        const from = this.at;
        while (this.at < this.end && this.bytes[this.at] !== SPACE) this.at++;
        const word = shown(this.bytes.subarray(from, this.at));
        if (choices.length > 0 && !choices.includes(word)) this.bad(`one of ${choices.join(", ")} belongs here`);
        return word;
    }

    /** `length` bytes as digits, into `into` at `place`. */
    hashInto(into, place, length = 32) {
        this.space();
        const { bytes } = this;
        if (this.at + 2 * length > this.end) this.bad(`${2 * length} digits 0-9a-f belong here`);
        for (let byte = 0; byte < length; byte++, this.at += 2) {
            const high = digitValue[bytes[this.at]];
            const low = digitValue[bytes[this.at + 1]];
            if (high > 15 || low > 15) this.bad(`${2 * length} digits 0-9a-f belong here`);
            into[place + byte] = (high << 4) | low;
        }
        if (this.at < this.end && bytes[this.at] !== SPACE) this.bad(`more than ${2 * length} digits`);
    }

    hash(length = 32) {
        const bytes = new Uint8Array(length);
        this.hashInto(bytes, 0, length);
        return toHex(bytes);
    }

    /** The rest of the content as text. */
    text() {
        this.space();
        const bytes = this.bytes.subarray(this.at, this.end);
        if (bytes.length < 1 || bytes.length > 200) this.bad("a text has 1 to 200 bytes");
        const text = fromUtf8(bytes);
        if (text === null) this.bad("the text is not valid UTF-8");
        if (control.test(text)) this.bad("the text has a control character");
        if (bytes[0] === SPACE || bytes[bytes.length - 1] === SPACE) this.bad("the text begins or ends with a space");
        this.at = this.end;
        return text;
    }

    close() {
        if (this.at !== this.end) this.bad("something stands behind the end of the line");
    }

    // The running hash.

    /** The SM3 of all bytes before the present line, without the lines of tables. */
    hashBefore() {
        this.running.update(this.bytes, this.hashed, this.start);
        this.hashed = this.start;
        return toHex(new Sm3().follow(this.running).digest());
    }

    /** The running hash passes over everything from the present line … */
    tableBegins() {
        this.running.update(this.bytes, this.hashed, this.start);
        this.hashed = this.start;
    }

    /** … up to where the next line begins. */
    tableEnds() {
        this.hashed = this.stop + 1;
    }

    /** Goes to the next line, which must be exactly this one. */
    expect(content, message = "this is not what comes out") {
        try {
            this.need(content);
        } catch (wrong) {
            if (wrong instanceof Wrong) wrong.expected = content;
            throw wrong;
        }
        const { bytes, start, end } = this;
        let same = end - start === content.length;
        for (let at = 0; same && at < content.length; at++) same = bytes[start + at] === content.charCodeAt(at);
        if (!same) this.fail(message, content);
    }
}
