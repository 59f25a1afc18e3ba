// The hashes and signatures against published examples, Node's own and OpenSSL's.
import test from "node:test";
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "../../docs/verify/crc32.mjs";
import { HmacSm3, Sm3, sm3 } from "../../docs/verify/sm3.mjs";
import { Sha256 } from "../../docs/verify/sha256.mjs";
import { MerkleTree, rootFromProof } from "../../docs/verify/merkle.mjs";
import { verifySm2 } from "../../docs/verify/sm2.mjs";
import { toHex, toUtf8 } from "../../docs/verify/bytes.mjs";
import { Random } from "./make.mjs";
import { leaves, proofNodes, rootOf } from "./tree.mjs";
import { publicKey, sign } from "./sign.mjs";

const random = new Random("hashes");

test("CRC-32 of the usual example", () => {
    assert.equal(crc32(toUtf8("123456789")), 0xcbf43926);
});

test("SM3 of the standard's two examples", () => {
    assert.equal(toHex(sm3(toUtf8("abc"))), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    assert.equal(
        toHex(sm3(toUtf8("abcd".repeat(16)))),
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
    );
});

test("SM3, SHA-256 and HMAC-SM3 of every length up to 300", () => {
    for (let length = 0; length <= 300; length++) {
        const bytes = random.bytes(length);
        const cut = random.below(length + 1);
        for (const [Hash, name] of [
            [Sm3, "sm3"],
            [Sha256, "sha256"],
        ]) {
            const hash = new Hash().update(bytes, 0, cut).update(bytes, cut);
            assert.equal(toHex(hash.digest()), createHash(name).update(bytes).digest("hex"));
        }
        const key = random.bytes(32);
        const mac = new HmacSm3(key, toUtf8("lot")).of(bytes, 0, length, null, new Uint8Array(32));
        assert.equal(toHex(mac), createHmac("sm3", key).update("lot").update(bytes).digest("hex"));
    }
});

test("roots and proofs of every size up to 70, from the definition", () => {
    for (const [Hash, name] of [
        [Sm3, "sm3"],
        [Sha256, "sha256"],
    ])
        for (let size = 0; size <= 70; size++) {
            const lines = Array.from({ length: size }, () => random.bytes(random.below(40)));
            const tree = new MerkleTree(Hash);
            for (const line of lines) tree.add(line, 0, line.length);
            const all = leaves(name, lines);
            const root = rootOf(name, all).toString("hex");
            assert.equal(toHex(tree.root()), root);
            for (let index = 0; index < size; index++) {
                const nodes = proofNodes(name, all, index);
                const check = (place, count, some) => {
                    const found = rootFromProof(new Hash(), all[index], place, count, some);
                    return found !== null && toHex(found) === root;
                };
                assert.ok(check(index, size, nodes));
                assert.ok(!check(size, size, nodes));
                assert.ok(!check(index, size, [...nodes, all[0]]));
                if (size > 1) assert.ok(!check((index + 1) % size, size, nodes));
                if (nodes.length > 0) assert.ok(!check(index, size, nodes.slice(1)));
            }
        }
});

test("SM2: what is signed here is right here, and nothing else", () => {
    const secret = BigInt("0x" + toHex(random.bytes(31)));
    const key = publicKey(secret);
    const signature = sign(secret, "jiaoti list 00", BigInt("0x" + toHex(random.bytes(31))));
    assert.ok(verifySm2(key, signature, "jiaoti list 00"));
    assert.ok(!verifySm2(key, signature, "jiaoti list 01"));
    assert.ok(!verifySm2(publicKey(secret + 1n), signature, "jiaoti list 00"));
    assert.ok(!verifySm2(key, "0".repeat(64) + signature.slice(64), "jiaoti list 00"));
    assert.ok(!verifySm2(key, signature.slice(0, 64) + "f".repeat(64), "jiaoti list 00"));
    assert.ok(!verifySm2("04" + "1".repeat(128), signature, "jiaoti list 00"), "a key off the curve");
});

/** r ‖ s of a signature in DER. */
function plainSignature(der) {
    const numbers = [];
    for (let at = 2; at < der.length; at += 2 + der[at + 1])
        numbers.push(der.subarray(at + 2, at + 2 + der[at + 1]).toString("hex"));
    return numbers.map((number) => number.replace(/^00/, "").padStart(64, "0")).join("");
}

test("SM2: OpenSSL's signatures are right here", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "verify-"));
    const openssl = (...words) => execFileSync("openssl", words, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    try {
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", "key.pem");
    } catch {
        rmSync(folder, { recursive: true });
        t.skip("there is no openssl command with SM2");
        return;
    }
    openssl("pkey", "-in", "key.pem", "-pubout", "-out", "public.pem");
    const key = openssl("pkey", "-in", "key.pem", "-pubout", "-outform", "DER").subarray(-65).toString("hex");
    for (let number = 0; number < 8; number++) {
        const message = `jiaoti result ${toHex(random.bytes(32))}`;
        writeFileSync(join(folder, "message"), message);
        openssl(
            "dgst",
            "-sm3",
            "-sign",
            "key.pem",
            "-sigopt",
            "distid:1234567812345678",
            "-out",
            "signature",
            "message",
        );
        const signature = plainSignature(readFileSync(join(folder, "signature")));
        assert.ok(verifySm2(key, signature, message));
        assert.ok(!verifySm2(key, signature, message + " "));
    }
    rmSync(folder, { recursive: true });
});
