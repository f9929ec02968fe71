// Check what a haven's log proves: the same as verify.py and verify_look_up.py, for a page that opens from disk (page.js).
// No library, no network.
// Formats: RFC 6962, RFC 8032, C2SP signed-note, tlog-proof, tlog-checkpoint and tlog-cosignature.
"use strict";

const openhaven = (() => {
  const need = (true_, says) => { if (!true_) throw new Error(says); };
  const utf8 = (text) => {
    need(typeof text === "string" && !/\p{Surrogate}/u.test(text), "text that is no Unicode");
    return new TextEncoder().encode(text);
  };
  const join = (...parts) => {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
    return whole;
  };
  const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
  const below = (a, b) => { const at = a.findIndex((byte, i) => byte !== b[i]); return at >= 0 && a[at] < b[at]; };
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const number = (bytes) => (bytes.length ? BigInt("0x" + hex(bytes)) : 0n);  // big-endian
  const little = (bytes) => number(Uint8Array.from(bytes).reverse());
  const unhex = (text) => {
    need(/^([0-9a-f]{2})*$/.test(text), "not hex");
    return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  };
  const unbase64 = (text) => {
    need(typeof text === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(text) && btoa(atob(text)) === text, "not base64 as written");
    return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  };

  // SHA-2 (FIPS 180-4): constants are the first bits of the roots of the first primes.
  const root = (of, power) => {
    let low = 0n, high = 1n << 70n;
    while (high - low > 1n) { const middle = (low + high) / 2n; if (middle ** power <= of) low = middle; else high = middle; }
    return low & ((1n << 64n) - 1n);
  };
  const primes = [];
  for (let each = 2; primes.length < 80; each++) if (primes.every((prime) => each % prime)) primes.push(each);
  const roundWords = primes.map((prime) => root(BigInt(prime) << 192n, 3n));
  const firstWords = primes.slice(0, 8).map((prime) => root(BigInt(prime) << 128n, 2n));
  const turns = { 32: [[2, 13, 22], [6, 11, 25], [7, 18, 3], [17, 19, 10]], 64: [[28, 34, 39], [14, 18, 41], [1, 8, 7], [19, 61, 6]] };

  const sha2 = (bits) => {
    const word = BigInt(bits), mask = (1n << word) - 1n, block = bits * 2, rounds = bits === 64 ? 80 : 64, size = bits / 8;
    const cut = (each) => each >> (64n - word);
    const [sums, choice, first, second] = turns[bits].map((three) => three.map(BigInt));
    const turn = (x, by) => ((x >> by) | (x << (word - by))) & mask;
    const big = (x, [a, b, c]) => turn(x, a) ^ turn(x, b) ^ turn(x, c);
    const small = (x, [a, b, c]) => turn(x, a) ^ turn(x, b) ^ (x >> c);
    const keys = roundWords.slice(0, rounds).map(cut);
    return (...parts) => {
      const data = join(...parts), zeros = (2 * block - 1 - data.length % block - 2 * size) % block;
      const length = unhex((BigInt(data.length) * 8n).toString(16).padStart(4 * size, "0"));
      const padded = join(data, [0x80], new Uint8Array(zeros), length);
      let state = firstWords.map(cut);
      for (let at = 0; at < padded.length; at += block) {
        const words = Array.from({ length: 16 }, (_, i) => number(padded.subarray(at + i * size, at + (i + 1) * size)));
        for (let i = 16; i < rounds; i++)
          words.push((words[i - 16] + small(words[i - 15], first) + words[i - 7] + small(words[i - 2], second)) & mask);
        let [a, b, c, d, e, f, g, h] = state;
        for (let i = 0; i < rounds; i++) {
          const one = h + big(e, choice) + ((e & f) ^ (~e & mask & g)) + keys[i] + words[i];
          const two = big(a, sums) + ((a & b) ^ (a & c) ^ (b & c));
          [a, b, c, d, e, f, g, h] = [(one + two) & mask, a, b, c, (d + one) & mask, e, f, g];
        }
        state = [a, b, c, d, e, f, g, h].map((each, i) => (each + state[i]) & mask);
      }
      return unhex(state.map((each) => each.toString(16).padStart(2 * size, "0")).join(""));
    };
  };
  const sha256 = sha2(32), sha512 = sha2(64);

  // Ed25519 (RFC 8032 section 5.1), points as (X, Y, Z, T).
  const P = 2n ** 255n - 19n, L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const mod = (x) => ((x % P) + P) % P;
  const power = (x, n) => { let found = 1n; for (; n; n >>= 1n, x = mod(x * x)) if (n & 1n) found = mod(found * x); return found; };
  const D = mod(-121665n * power(121666n, P - 2n));
  const point = (bytes) => {
    need(bytes.length === 32, "a point has 32 bytes");
    const whole = little(bytes), sign = whole >> 255n, y = whole & (2n ** 255n - 1n);
    const square = mod((y * y - 1n) * power(mod(D * y * y + 1n), P - 2n));
    let x = power(square, (P + 3n) / 8n);
    if (mod(x * x - square)) x = mod(x * power(2n, (P - 1n) / 4n));
    need(y < P && !mod(x * x - square) && (x || !sign), "not a point of the curve");
    if ((x & 1n) !== sign) x = P - x;
    return [x, y, 1n, mod(x * y)];
  };
  const add = ([x1, y1, z1, t1], [x2, y2, z2, t2]) => {
    const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2)), c = mod(2n * t1 * D * t2), d = mod(2n * z1 * z2);
    const [e, f, g, h] = [b - a, d - c, d + c, b + a];
    return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
  };
  const times = (n, p) => { let found = [0n, 1n, 1n, 0n]; for (; n; n >>= 1n, p = add(p, p)) if (n & 1n) found = add(found, p); return found; };
  const BASE = point(unhex("58" + "66".repeat(31)));
  const signed = (key, message, signature) => {
    need(key.length === 32 && signature.length === 64, "a key has 32 bytes and a signature 64");
    const s = little(signature.subarray(32)), k = little(sha512(signature.subarray(0, 32), key, message)) % L;
    const left = times(s, BASE), right = add(point(signature.subarray(0, 32)), times(k, point(key)));
    need(s < L && !mod(left[0] * right[2] - right[0] * left[2]) && !mod(left[1] * right[2] - right[1] * left[2]), "the signature is wrong");
  };

  const whole = (text) => { need(/^(0|[1-9][0-9]{0,14})$/.test(text), `${text} is not a whole number`); return BigInt(text); };
  const read = (text) => {  // JSON of words, whole numbers and few objects alone: on these all readers agree
    need(typeof text === "string" && !text.includes("[") && text.split("{").length <= 32, "not a proof of this format");
    return readWords(text);
  };
  const readWords = (text) => {  // the same, where the words may hold anything
    const bare = String(text).replace(/"(?:[^"\\]|\\[^])*"/g, "");
    need(typeof text === "string" && !bare.includes("[") && bare.split("{").length <= 32, "not a proof of this format");
    need(!/[0-9][.eE]|-|[0-9]{16}/.test(bare), "not a whole number");
    return JSON.parse(text);
  };
  const parted = (text) => { const at = text.indexOf("\n\n"); need(at >= 0, "no empty line"); return [text.slice(0, at), text.slice(at + 2)]; };
  const keyOf = (text) => {
    const [, name, material] = /^([^+]*)\+[^+]*\+(.*)$/s.exec(text.trim()) ?? [];
    need(name, "a key is name+id+base64");
    return { name, data: unbase64(material) };
  };

  // [origin, size, root] of a note that the log signed and every witness cosigned.
  const checkpoint = (note, key, witnesses) => {
    const at = note.lastIndexOf("\n\n"), text = note.slice(0, at + 1), lines = note.slice(at + 2).split("\n");
    need(at >= 0 && lines.pop() === "" && lines.every((line) => line.startsWith("— ")), "the checkpoint is no signed note");
    const log = keyOf(key);
    [log, ...witnesses.map(keyOf)].forEach(({ name, data }, which) => {
      const start = `— ${name} `, id = sha256(utf8(`${name}\n`), data).subarray(0, 4), kind = which ? 4 : 1;
      const values = lines.filter((line) => line.startsWith(start)).map((line) => unbase64(line.slice(start.length)));
      const own = values.filter((value) => same(value.subarray(0, 4), id)).map((value) => value.subarray(4));
      const its = data[0] === kind && !(which && same(data.subarray(1), log.data.subarray(1)));
      need(own.length && its, `${name} did not sign by its own key`);
      for (const value of own) {
        const before = which ? `cosignature/v1\ntime ${number(value.subarray(0, 8))}\n` : "";
        signed(data.subarray(1), utf8(before + text), which ? value.subarray(8) : value);
      }
    });
    const [origin, size, hash] = text.split("\n");
    need(origin === log.name, "the checkpoint is of another log");
    return [origin, whole(size), unbase64(hash)];
  };

  // Up the smaller tree and the larger at once (RFC 9162 section 2.1.4.2).
  const walk = (first, last, path, older, newer) => {
    for (const each of path) {
      need(last && each.length === 32, "the path is too long, or no path");
      const left = (first & 1n) === 1n || first === last;
      newer = left ? sha256([1], each, newer) : sha256([1], newer, each);
      if (left) older = sha256([1], each, older);
      let steps = 1n;
      if (left && first) while (!((first >> (steps - 1n)) & 1n)) steps++;
      first >>= steps; last >>= steps;
    }
    need(last === 0n, "the path is too short");
    return [older, newer];
  };
  const included = (node, index, path, size, root_) =>
    need(root_.length === 32 && 0n <= index && index < size && same(walk(index, size - 1n, path, node, node)[1], root_), "the path does not lead to the root");
  const zerosOf = (n) => { let found = 0n; while (!((n >> found) & 1n)) found++; return found; };
  const grown = (old, oldRoot, path, size, newRoot) => {
    need(0n < old && old <= size && newRoot.length === 32 && (old < size || (!path.length && same(newRoot, oldRoot))), "the log did not grow");
    if (old === size) return;
    const low = zerosOf(old), full = (old & (old - 1n)) === 0n ? [oldRoot, ...path] : path;
    need(full.length, "the path is too short");
    const [older, newer] = walk((old - 1n) >> low, (size - 1n) >> low, full.slice(1), full[0], full[0]);
    need(same(older, oldRoot) && same(newer, newRoot), "the log did not only grow");
  };

  const logged = (entry, proof, key, witnesses) => {
    const [head, note] = parted(proof), [first, index, ...path] = head.split("\n").filter((line) => !line.startsWith("extra "));
    const [origin, size, root_] = checkpoint(note, key, witnesses);
    need(first === "c2sp.org/tlog-proof@v1" && index?.startsWith("index "), "not a log proof");
    included(sha256([0], entry), whole(index.slice(6)), path.map(unbase64), size, root_);
    return `${origin} holds it as entry ${index.slice(6)} of ${size}`;
  };

  const committed = (body, salt) => {
    const parts = [utf8("openhaven.log.commitment/1"), unbase64(salt), utf8(body)];
    return hex(sha256(...parts.flatMap((part) => [unhex(part.length.toString(16).padStart(16, "0")), part])));
  };
  const pathOf = (text) => {
    const hashes = unbase64(text);
    need(hashes.length % 32 === 0, "the path is no whole hashes");
    return Array.from({ length: hashes.length / 32 }, (_, at) => hashes.subarray(32 * at, 32 * at + 32));
  };

  const person = (proof, who, key, witnesses) => {
    const plain = read(proof);
    need(plain.format === "openhaven.log.person-proof/1", "not a proof of this format");
    const where = logged(utf8(plain.entry), plain.log_proof, key, witnesses);
    const entry = read(plain.entry), body = read(plain.body), seal = unbase64(plain.seal);
    need(entry.commitments.people === committed(plain.body, plain.salt), "the entry commits to another tree of people");
    need(plain.release === body.release && body.release === entry.ids.release && /^[ -~]*$/.test(body.release), "the entry is of another release");
    const opened = who === "-" || same(sha256(utf8("openhaven.log.presence.seal/1\0"), unbase64(plain.tag), utf8(who)), seal);
    need(opened && "present" in plain !== "absent" in plain, "the proof was not made for this NHS number");
    const place = plain.present ?? plain.absent;
    need(Number.isSafeInteger(place.index) && Number.isSafeInteger(body.leaves), "no place in a tree");
    const index = BigInt(place.index), size = BigInt(body.leaves);
    need(size > 0n && (size & (size - 1n)) === 0n, "a tree of people has a power of two of leaves");
    let path = pathOf(place.path), node = sha256([0], seal), up = 0;
    if ("absent" in plain) {  // the two that stand beside where it would be, up to where their paths meet
      const low = unbase64(place.below), high = unbase64(place.above);
      need([low, seal, high].every((each) => each.length === 32) && below(low, seal) && below(seal, high), "it does not lie between the two shown");
      need(index >= 0n, "no place in a tree");
      up = Number(zerosOf(index + 1n)) + 1;
      need(path.length >= 2 * up - 2, "the path is too short");
      let left = sha256([0], low), right = sha256([0], high);
      for (let at = 0; at < up - 1; at++) {
        left = sha256([1], path[at], left);
        right = sha256([1], right, path[up - 1 + at]);
      }
      path = path.slice(2 * up - 2);
      node = sha256([1], left, right);
    }
    included(node, index >> BigInt(up), path, size >> BigInt(up), unhex(body.root.toLowerCase()));
    return `release ${body.release} ${up ? "did NOT hold" : "HELD"} the record of ${who}; ${where}`;
  };

  const growth = (old, proof, key, witnesses) => {
    const [head, note] = parted(proof), [first, ...path] = head.split("\n");
    const before = checkpoint(old, key, []), after = checkpoint(note, key, witnesses);
    need(first === `old ${before[1]}`, "the growth begins at another size");
    grown(before[1], before[2], path.map(unbase64), after[1], after[2]);
    return `${after[0]} only grew, from ${before[1]} to ${after[1]} entries`;
  };

  const opened = (entry, type, name, body, salt) => {  // what the body says, once an entry of this type commits to it
    const plain = readWords(entry), said = readWords(body);
    need(plain.type === type && plain.commitments[name] === committed(body, salt), `no entry of the type ${type} commits to this ${name}`);
    need(said && typeof said === "object", "a body is an object");
    return said;
  };

  const looked = (proof, key, witnesses) => {
    const plain = readWords(proof);
    need(plain.format === "openhaven.log.look-up-proof/1", "not a proof of this format");
    const said = opened(plain.entry, "looked_up", "look_up", plain.look_up, plain.salt);
    const head = opened(plain.public_entry, "private_head", "private_head", plain.head, plain.head_salt);
    need(Number.isSafeInteger(plain.index) && Number.isSafeInteger(head.size), "no place in a tree");
    included(sha256([0], utf8(plain.entry)), BigInt(plain.index), pathOf(plain.path), BigInt(head.size), unhex(head.root.toLowerCase()));
    const where = logged(utf8(plain.public_entry), plain.log_proof, key, witnesses);
    const words = [said.what, said.at].map((each) => typeof each === "string" && /^[ -~]*$/.test(each) && each);
    need(!Object.keys(said).length || !words.includes(false), "the look-up is not written as a haven writes it");
    const told = Object.keys(said).length ? `somebody: ${words[0]}, at ${words[1]}` : "nobody: the entry only fills the log";
    return `looked: ${told}; entry ${plain.index} of ${head.size} in the private log; ${where}`;
  };

  return { logged, person, looked, growth, grown, included, sha256, sha512, signed, unbase64, hex };
})();

if (typeof module !== "undefined") module.exports = openhaven;
