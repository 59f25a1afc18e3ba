// What may be asked of a verifier, by name: the same in a worker and on the page.
import { Verifier } from './core.js';

export class Desk {
  constructor(progress) {
    this.progress = progress;
  }

  async open(module) {
    this.verifier = await Verifier.open(module, this.progress);
  }

  // source: a File, bytes, or the address of a transcript on this site.
  async take(source) {
    let bytes = source;
    if (typeof source === 'string') {
      const answer = await fetch(source, { credentials: 'omit' });
      if (!answer.ok) {
        throw new Error(`${answer.status}`);
      }
      bytes = await answer.arrayBuffer();
    } else if (source instanceof Blob) {
      bytes = await (source.arrayBuffer ? source.arrayBuffer() : new Response(source).arrayBuffer());
    }
    this.verifier.take(new Uint8Array(bytes));
    return { proof: this.verifier.isProof(), bytes: bytes.byteLength };
  }

  verify() {
    return this.verifier.verify();
  }

  verifyProof() {
    return this.verifier.verifyProof();
  }

  kept() {
    return this.verifier.kept();
  }

  // The one ticket that begins with these digits, with its proofs; else only how many do.
  find(prefix) {
    const { count, first } = this.verifier.find(prefix);
    if (count !== 1) {
      return { count };
    }
    const told = this.verifier.tell(first);
    const proofs = [0, 1].filter((table) => table === 0 || told.choices).map((table) => this.verifier.proof(first, table, 0));
    return { count, told, proofs };
  }
}
