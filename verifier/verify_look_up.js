// Check that a haven's private log holds one look-up, as its public log says: the same as verify_look_up.py. Needs
// verify.js, and no more.
"use strict";

const openhavenLookUps = ((its) => {
  const need = (it, says) => { if (it !== true) throw new Error(says); };
  const read = (text) => {  // JSON of words, whole numbers and few objects alone; the words may hold anything
    const bare = text.replace(/"(?:[^"\\]|\\[^])*"/g, "");
    need(!bare.includes("[") && bare.split("{").length <= 32, "not a proof of this format");
    need(!/[0-9][.eE]|-|[0-9]{16}/.test(bare), "not a whole number");
    return JSON.parse(text);
  };
  const opened = async (entry, type, name, body, salt) => {  // what the body of an entry of this type says
    const plain = read(entry), said = read(body), found = await its.committed(body, salt);
    const commits = plain.type === type && plain.commitments[name] === found;
    need(commits, `no entry of the type ${type} commits to this ${name}`);
    need(said !== null && typeof said === "object", "a body is an object");
    return [said];
  };

  const looked = async (proof, key, witnesses) => {
    const plain = read(proof);
    need(plain.format === "openhaven.log.look-up-proof/1", "not a proof of this format");
    const [said] = await opened(plain.entry, "looked_up", "look_up", plain.look_up, plain.salt);
    const [head] = await opened(plain.public_entry, "private_head", "private_head", plain.head, plain.head_salt);
    const leaf = await its.sha([0], its.utf8(plain.entry));
    const [index, size] = [plain.index, head.size].map(its.placeIn);
    need(await its.included(leaf, index, its.pathOf(plain.path), size, its.unhex(head.root.toLowerCase())));
    const where = await its.logged(its.utf8(plain.public_entry), plain.log_proof, key, witnesses);
    need(typeof where === "string");
    const written = [said.what, said.at].every((each) => typeof each === "string" && /^[ -~]*$/.test(each));
    const fills = Object.keys(said).length === 0;
    need(fills || written, "the look-up is not written as a haven writes it");
    const told = fills ? "nobody: the entry only fills the log" : `somebody: ${said.what}, at ${said.at}`;
    return `looked: ${told}; entry ${plain.index} of ${head.size} in the private log; ${where}`;
  };

  return { looked };
})(typeof module === "undefined" ? openhaven : require("./verify.js"));

if (typeof module !== "undefined") module.exports = openhavenLookUps;
