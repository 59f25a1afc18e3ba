// The C verifier as WebAssembly (src/allot/wasm/glue.c), and around it what a page needs of it. No page here: runs in a
// worker, on the page itself, and in Node.js.
import { canCheckSignatures, signatureHolds } from './sm2.js';

// The smallest module that has a vector instruction: who accepts it gets the faster build.
const WITH_VECTORS = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0,
  253, 15, 253, 98, 11);
export const hasVectors = () => WebAssembly.validate(WITH_VECTORS);

const PARTS = ['', 'list', 'seed', 'result', 'moves'];
const digits = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

export class Verifier {
  // module: a WebAssembly.Module; progress(done, total) hears how far a check is.
  static async open(module, progress = () => {}) {
    const verifier = new Verifier();
    verifier.progress = progress;
    verifier.reader = new TextDecoder();
    const instance = await WebAssembly.instantiate(module, {
      page: {
        progress: (done, total) => verifier.progress(done, total),
        signature: (...words) => verifier.hearSignature(...words),
      },
    });
    verifier.wasm = instance.exports;
    verifier.wasm._initialize();
    verifier.file = 0; // where the file's bytes stand; 0: none
    verifier.size = 0;
    verifier.signed = [];
    return verifier;
  }

  // A view that is good until memory grows: never kept.
  view(at, bytes) {
    return new Uint8Array(this.wasm.memory.buffer, at, bytes);
  }

  text(at, bytes) {
    return this.reader.decode(this.view(at, bytes));
  }

  said() {
    return this.text(this.wasm.said() >>> 0, this.wasm.said_bytes());
  }

  // Copies bytes in for the time of one call.
  lend(bytes, use) {
    const at = this.wasm.get(bytes.length) >>> 0;
    if (!at) {
      throw new RangeError('memory');
    }
    try {
      this.view(at, bytes.length).set(bytes);
      return use(at, bytes.length);
    } finally {
      this.wasm.put(at);
    }
  }

  sm3(bytes) {
    return this.lend(bytes, (at, n) => this.lend(new Uint8Array(32), (out) => {
      this.wasm.sm3(at, n, out);
      return this.view(out, 32).slice();
    }));
  }

  hearSignature(key, signature, message, messageBytes, text, textBytes, part) {
    const heard = {
      part: PARTS[part], by: this.text(text, textBytes), key: digits(this.view(key, 65)), checked: canCheckSignatures,
    };
    // Copies: asking for SM3 may move the memory.
    const [k, s, m] = [[key, 65], [signature, 64], [message, messageBytes]].map(([at, n]) => this.view(at, n).slice());
    const holds = !canCheckSignatures || signatureHolds((bytes) => this.sm3(bytes), k, s, m);
    this.signed.push({ ...heard, holds });
    return holds ? 1 : 0;
  }

  // Takes the place of the file that was there: write(view) fills it.
  take(bytes) {
    this.wasm.unload();
    this.wasm.put(this.file);
    this.size = 0;
    this.file = this.wasm.get(bytes.length) >>> 0;
    if (!this.file) {
      throw new RangeError('memory');
    }
    this.size = bytes.length;
    this.view(this.file, this.size).set(bytes);
  }

  isProof() {
    return this.text(this.file, Math.min(this.size, 13)) === 'jiaoti-proof ';
  }

  // All of the file: what is right, or the first line that is wrong. What was read of a right one is kept for `find`,
  // `tell` and `proof`.
  verify() {
    this.signed = [];
    this.wasm.verify(this.file, this.size);
    return { ...JSON.parse(this.said()), signed: this.signed };
  }

  verifyProof() {
    this.wasm.verify_proof(this.file, this.size);
    return JSON.parse(this.said());
  }

  // What of a right file stands beside the answers below: witnesses, public values, the step. null: nothing is kept.
  kept() {
    return this.wasm.kept() ? JSON.parse(this.said()) : null;
  }

  // Who has a ticket that begins with these digits: { count, first }.
  find(prefix) {
    return this.lend(new Uint8Array(4), (first) => {
      const count = this.lend(new TextEncoder().encode(prefix), (at, n) => this.wasm.find(at, n, first));
      return { count: count >>> 0, first: new DataView(this.wasm.memory.buffer).getUint32(first, true) };
    });
  }

  tell(applicant) {
    return this.wasm.tell(applicant) ? JSON.parse(this.said()) : null;
  }

  // table 0: the list, 1: the result; hash 0: SM3, 1: SHA-256.
  proof(applicant, table, hash) {
    const holds = this.wasm.proof(applicant, table, hash) === 1;
    return { holds, text: this.said() };
  }
}
