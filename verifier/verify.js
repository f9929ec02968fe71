// Check what a log proves, as verify.py does, for a page that opens from disk (page.js). No library, no
// network; SHA-256 and Ed25519 are the browser's own (WebCrypto). Whatever is not shown raises an Error.
// Formats: RFC 6962, RFC 8032, C2SP signed-note, tlog-proof, tlog-checkpoint and tlog-cosignature.
"use strict";

const openhaven = (() => {
  // Nothing but true will do: a check that nobody waited for is a promise, and shows nothing.
  const need = (it, says) => { if (it !== true) throw new Error(says); };
  const utf8 = (text) => need(text.isWellFormed(), "not Unicode") ?? new TextEncoder().encode(text);
  const join = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
  const sha = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
  const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const number = (bytes) => BigInt("0x0" + hex(bytes));  // big-endian
  const little = (bytes) => number(Uint8Array.from(bytes).reverse());
  const unhex = (text) => {
    need(/^([0-9a-f]{2})*$/.test(text), "not hex");
    return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  };
  const unbase64 = (text) => {
    need(/^[A-Za-z0-9+/]*={0,2}$/.test(text) && btoa(atob(text)) === text, "not base64 as written");
    return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  };

  // Ed25519. Browsers differ in points written in a second way and in those of small order, for whose keys
  // anybody can sign: both are refused before the browser is asked. The eight latter have five heights (y).
  const P = 2n ** 255n - 19n, L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const HIGH = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
  const height = (point) => little(point) & (2n ** 255n - 1n), small = [0n, 1n, P - 1n, HIGH, P - HIGH];
  const isPoint = (it) => it.length === 32 && height(it) < P && !small.includes(height(it));
  const signed = async (key, message, signature) => {
    const [point, scalar] = [signature.subarray(0, 32), signature.subarray(32)];
    need(isPoint(key) && isPoint(point), "a point in another form, or of small order");
    need(scalar.length === 32 && little(scalar) < L, "a signature in another form");
    const known = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    const fits = await crypto.subtle.verify({ name: "Ed25519" }, known, signature, message);
    return need(fits, "the signature is wrong") ?? true;
  };

  // A number as it is written, of at most 15 digits; and JSON of words, such numbers and few objects alone.
  const whole = (text) => need(/^(0|[1-9][0-9]{0,14})$/.test(text), "not a whole number") ?? BigInt(text);
  const read = (text) => {
    need(!text.includes("[") && text.split("{").length <= 32, "not a proof of this format");
    need(!/[0-9][.eE]|-|[0-9]{16}/.test(text.replace(/"(?:[^"\\]|\\[^])*"/g, "")), "not a whole number");
    return JSON.parse(text);
  };
  const parted = (text) => text.split(/\n\n([^]*)/);
  const keyOf = (text) => {
    const [, name, data] = /^([^+]+)\+[^+]*\+(.*)$/s.exec(text.trim()) ?? [];
    return need(name !== undefined, "a key is name+id+base64") ?? { name, data: unbase64(data) };
  };

  const checkpoint = async (note, key, witnesses) => {  // [origin, size, root] of a note that all signed
    const at = note.lastIndexOf("\n\n"), text = note.slice(0, at + 1), lines = note.slice(at + 2).split("\n");
    need(at >= 0 && lines.pop() === "" && lines.every((line) => line.startsWith("— ")), "no signed note");
    const log = keyOf(key);
    for (const [which, { name, data }] of [log, ...witnesses.map(keyOf)].entries()) {
      const start = `— ${name} `, id = (await sha(utf8(`${name}\n`), data)).subarray(0, 4);
      const values = lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
      const own = values.map(unbase64).filter((value) => same(value.subarray(0, 4), id));
      const its = which ? data[0] === 4 && !same(data.subarray(1), log.data.subarray(1)) : data[0] === 1;
      need(own.length > 0 && its, `${name} did not sign by its own key`);
      for (const value of own) {
        const before = which ? `cosignature/v1\ntime ${number(value.subarray(4, 12))}\n` : "";
        need(await signed(data.subarray(1), utf8(before + text), value.subarray(which ? 12 : 4)));
      }
    }
    const [origin, size, root] = text.split("\n");
    return need(origin === log.name, "of another log") ?? [origin, whole(size), unbase64(root)];
  };

  // Up the smaller tree and the larger at once (RFC 9162 section 2.1.4.2).
  const zeros = (n) => { let found = 0n; while (n && !((n >> found) & 1n)) found++; return found; };
  const walk = async (first, last, path, older, newer) => {
    for (const each of path) {
      need(last > 0n && each.length === 32, "the path is too long, or no path");
      const left = (first & 1n) === 1n || first === last, steps = left && first ? zeros(first) + 1n : 1n;
      newer = await (left ? sha([1], each, newer) : sha([1], newer, each));
      older = left ? await sha([1], each, older) : older;
      [first, last] = [first >> steps, last >> steps];
    }
    return need(last === 0n, "the path is too short") ?? [older, newer];
  };
  const included = async (node, index, path, size, root) => {
    need(root.length === 32 && 0n <= index && index < size, "no place in the tree");
    const [, found] = await walk(index, size - 1n, path, node, node);
    return need(same(found, root), "the path does not lead to the root") ?? true;
  };
  const grown = async (old, oldRoot, path, size, root) => {
    need(0n < old && old <= size && root.length === 32, "the log did not grow");
    if (old === size) return need(!path.length && same(root, oldRoot), "the log did not grow") ?? true;
    const low = zeros(old), [from, ...up] = old >> low === 1n ? [oldRoot, ...path] : path;
    const roots = await walk((old - 1n) >> low, (size - 1n) >> low, up, from, from);
    return need(same(roots[0], oldRoot) && same(roots[1], root), "the log did not only grow") ?? true;
  };

  const logged = async (entry, proof, key, witnesses) => {
    const [head, note = ""] = parted(proof), [origin, size, root] = await checkpoint(note, key, witnesses);
    const [first, index, ...path] = head.split("\n").filter((line) => !line.startsWith("extra "));
    need(first === "c2sp.org/tlog-proof@v1" && index?.startsWith("index "), "not a log proof");
    need(await included(await sha([0], entry), whole(index.slice(6)), path.map(unbase64), size, root));
    return `${origin} holds it as entry ${index.slice(6)} of ${size}`;
  };

  const committed = async (body, salt) => {
    const parts = [utf8("openhaven.log.commitment/1"), unbase64(salt), utf8(body)];
    return hex(await sha(...parts.flatMap((it) => [unhex(it.length.toString(16).padStart(16, "0")), it])));
  };
  const pathOf = (text) => (hex(unbase64(text)).match(/.{64}|.+/g) ?? []).map(unhex);  // hashes, one by one
  const placeIn = (it) => need(Number.isSafeInteger(it) && it >= 0, "no place in a tree") ?? BigInt(it);

  const person = async (proof, who, key, witnesses) => {
    const plain = read(proof), id = plain.release, is = "present" in plain, isNot = "absent" in plain;
    need(plain.format === "openhaven.log.person-proof/1" && is !== isNot, "not a proof of this format");
    const entry = read(plain.entry), body = read(plain.body), seal = unbase64(plain.seal);
    need(entry.commitments.people === await committed(plain.body, plain.salt), "it commits to another tree");
    need(id === body.release && id === entry.ids.release && /^[ -~]*$/.test(id), "of another release");
    const sealed = async () => sha(utf8("openhaven.log.presence.seal/1\0"), unbase64(plain.tag), utf8(who));
    need(who === "-" || same(await sealed(), seal), "the proof was not made for this NHS number");
    const place = is ? plain.present : plain.absent, [index, size] = [place.index, body.leaves].map(placeIn);
    need(size > 0n && (size & (size - 1n)) === 0n, "a tree of people has a power of two of leaves");
    let path = pathOf(place.path), node = await sha([0], seal), up = 0;
    if (isNot) {  // the two that stand beside where it would be, up to where their paths meet
      const [low, high] = [unbase64(place.below), unbase64(place.above)];
      const between = [low, seal, high].every((each) => each.length === 32) && hex(low) < hex(seal);
      need(between && hex(seal) < hex(high), "it does not lie between the two shown");
      up = Number(zeros(index + 1n)) + 1;
      let [left, right] = [await sha([0], low), await sha([0], high)];
      for (let at = 0; at < up - 1; at++)
        [left, right] = [await sha([1], path[at], left), await sha([1], right, path[up - 1 + at])];
      [path, node] = [path.slice(2 * up - 2), await sha([1], left, right)];
    }
    need(await included(node, index >> BigInt(up), path, size >> BigInt(up), unhex(body.root.toLowerCase())));
    const where = await logged(utf8(plain.entry), plain.log_proof, key, witnesses);
    need(typeof where === "string");
    return `release ${id} ${isNot ? "did NOT hold" : "HELD"} the record of ${who}; ${where}`;
  };

  const growth = async (old, proof, key, witnesses) => {
    const [head, note = ""] = parted(proof), [first, ...path] = head.split("\n");
    const before = await checkpoint(old, key, []), after = await checkpoint(note, key, witnesses);
    need(first === `old ${before[1]}`, "the growth begins at another size");
    need(await grown(before[1], before[2], path.map(unbase64), after[1], after[2]));
    return `${after[0]} only grew, from ${before[1]} to ${after[1]} entries`;
  };

  return { logged, person, growth, grown, included, signed, sha, utf8, unhex, committed, pathOf, placeIn };
})();

if (typeof module !== "undefined") module.exports = openhaven;
