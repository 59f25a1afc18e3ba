// verify_wasm.mjs MODULE: the C verifier as WebAssembly over many files, one instance for all of them, as on a page that
// is used again and again. Reads a pack from standard input and prints one line of JSON for each case, as verify_many.c
// does of the library.
import { readFileSync } from "node:fs";
import { Verifier } from "../../ui/verify/core.js";
import { unpacked } from "./pack.mjs";

const STAGES = ["none", "list", "seed", "result", "moves"];
const [ROUND_LINE, TABLE_LINE, POSITION_LINE] = [2, 3, 6];

/** Which line of a proof is wrong, beside what the transcript says; 0: none. `alone`: the verdict on it by itself. */
function wrongLine(alone, proof, of) {
    const lines = Buffer.from(proof).toString("latin1").split("\n");
    const words = (line) => (lines[line - 1] ?? "").slice(0, -10).split(" ");
    const good = (line) => alone.ok || alone.line > line;
    const ofResult = alone.table === 1;
    if (good(ROUND_LINE) && alone.round !== of.round) return ROUND_LINE;
    if (good(TABLE_LINE) && ofResult && of.stage < STAGES.indexOf("result")) return TABLE_LINE;
    if (good(POSITION_LINE) && Number(words(POSITION_LINE)[2]) !== of.applicants) return POSITION_LINE;
    const rootLine = lines.findIndex((line) => line.startsWith("root ")) + 1;
    const [sm3, sha256] = ofResult ? [of.placesRoot, of.placesRootSha256] : [of.root, of.rootSha256];
    if (rootLine > 0 && good(rootLine) && words(rootLine)[1] !== (alone.hash === 0 ? sm3 : sha256)) return rootLine;
    return alone.line;
}

function said(verifier, { name, bytes, proof }) {
    verifier.take(bytes);
    const report = verifier.verify();
    const { stage, applicants, children, moves, signatures, line, message } = report;
    if (!report.ok) return { name, ok: false, file: "transcript", line, message };
    if (proof !== null) {
        verifier.take(proof);
        const alone = verifier.verifyProof();
        const wrong = wrongLine(alone, proof, report);
        if (wrong !== 0) return { name, ok: false, file: "proof", line: wrong, message: alone.message };
    }
    const { rules, root, rootSha256, seed, placesRoot: resultRoot, placesRootSha256: resultRootSha256 } = report;
    return {
        ...{ name, ok: true, stage: STAGES[stage], applicants, children, moves, signatures },
        ...{ rules, root, rootSha256 },
        ...(stage >= STAGES.indexOf("seed") ? { seed } : {}),
        ...(stage >= STAGES.indexOf("result") ? { resultRoot, resultRootSha256 } : {}),
    };
}

const verifier = await Verifier.open(new WebAssembly.Module(readFileSync(process.argv[2])));
for await (const one of unpacked(process.stdin)) process.stdout.write(JSON.stringify(said(verifier, one)) + "\n");
