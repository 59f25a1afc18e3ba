#!/usr/bin/env node
// node verify.mjs FILE [--proof PROOF] [--json]
//
// Verifies a transcript (docs/transcript.md). Ends with 0 when everything is right, 1 when
// something is wrong, 2 when the file cannot be judged.
import { readFileSync } from "node:fs";
import { verify } from "./transcript.mjs";

const usage = "node verify.mjs FILE [--proof PROOF] [--json]";

function parse(words) {
    const options = { file: null, proof: null, json: false };
    for (let at = 0; at < words.length; at++) {
        if (words[at] === "--json") options.json = true;
        else if (words[at] === "--proof" && at + 1 < words.length && options.proof === null)
            options.proof = words[++at];
        else if (!words[at].startsWith("--") && options.file === null) options.file = words[at];
        else return null;
    }
    return options.file === null ? null : options;
}

function judge({ file, proof }) {
    try {
        return verify(readFileSync(file), proof === null ? null : readFileSync(proof));
    } catch (error) {
        if (error.code === undefined) throw error;
        return {
            ok: false,
            usable: false,
            line: null,
            message: `cannot read ${error.path ?? file}: ${error.code}`,
            stage: "none",
        };
    }
}

function tell(report, { file, proof }) {
    if (!report.usable) return `${file}: ${report.message}`;
    if (!report.ok) {
        const where = report.file === "proof" ? proof : file;
        const text = [`${where}:${report.line}: ${report.message}`];
        if (report.found) text.push(`  there stands  ${report.found}`);
        if (report.expected) text.push(`  there should  ${report.expected}`);
        return text.join("\n");
    }
    const text = [`${file}: right, up to its part \`${report.stage}\``];
    const say = (name, value) => value !== undefined && text.push(`  ${name.padEnd(14)}${value}`);
    say("round", report.round);
    say("tickets", `${report.applicants}, for ${report.children} children`);
    say("rules", report.rules);
    say("root", report.root);
    say("root sha256", report.rootSha256);
    say("seed", report.seed);
    say("result root", report.resultRoot);
    if (report.moves > 0) say("moves", report.moves);
    for (const { part, key, by } of report.signatures) say("signed", `${part} by ${by}, key ${key}`);
    if (report.proof)
        say(
            "proof",
            `line ${report.proof.index} of ${report.proof.count} in the ${report.proof.table}: ${report.proof.line}`,
        );
    return text.join("\n");
}

const options = parse(process.argv.slice(2));
if (options === null) {
    console.error(usage);
    process.exitCode = 2;
} else {
    const report = judge(options);
    const text = options.json ? JSON.stringify(report, null, 1) : tell(report, options);
    if (report.ok || options.json) console.log(text);
    else console.error(text);
    process.exitCode = report.ok ? 0 : report.usable ? 1 : 2;
}
