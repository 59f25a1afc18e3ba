// The second verifier over many files: reads a pack from standard input and prints one line
// of JSON for each case, as verify_many.c does of the library's.
import { verify } from "../../docs/verify/transcript.mjs";
import { unpacked } from "./pack.mjs";

export function said({ name, bytes, proof }) {
    const report = verify(bytes, proof);
    if (!report.ok) {
        const { line, message } = report;
        return { name, ok: false, file: report.file, line, message };
    }
    const { stage, applicants, children, moves, rules, root, rootSha256, seed, resultRoot, resultRootSha256 } = report;
    const signatures = report.signatures.length;
    return {
        ...{ name, ok: true, stage, applicants, children, moves, signatures },
        ...{ rules, root, rootSha256, seed, resultRoot, resultRootSha256 },
    };
}

for await (const one of unpacked(process.stdin)) process.stdout.write(JSON.stringify(said(one)) + "\n");
