// Signing with SM2, for tests alone: the secret is a number, and nothing here is kept safe.
import { base, inverse, messageNumber, multiplyPlain, order } from "../../docs/verify/sm2.mjs";

const digits = (value) => value.toString(16).padStart(64, "0");

export function publicKey(secret) {
    const [x, y] = multiplyPlain(secret, base);
    return `04${digits(x)}${digits(y)}`;
}

/** r ‖ s of the message, with the number `once` that must be another for each message. */
export function sign(secret, message, once) {
    const e = messageNumber(publicKey(secret), message);
    const r = (e + multiplyPlain(once, base)[0]) % order;
    const s = (inverse(1n + secret, order) * (((once - r * secret) % order) + order)) % order;
    return digits(r) + digits(s);
}
