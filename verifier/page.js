// What check.html does with verify.js and verify_look_up.js: reads the files that were chosen, and says what is shown.
"use strict";

{
  const field = (id) => document.getElementById(id);
  const read = async (id, what) => {
    if (!field(id).files.length) throw new Error(`choose ${what} first`);
    return new Uint8Array(await field(id).files[0].arrayBuffer());
  };
  // Whether the browser tells a signature from a wrong one (RFC 8032 section 7.1, test 1): else it says so, and nothing.
  const tells = (async () => {
    const key = openhaven.unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    const signature = openhaven.unhex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
      + "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
    const fits = (...message) => openhaven.signed(key, Uint8Array.from(message), signature).catch(() => false);
    return await fits() === true && await fits(1) === false;
  })();
  const cannot = isSecureContext
    ? "this browser is too old to check proofs: use a newer one, or verify.py from where you got this page"
    : "this page did not come over https, so it cannot check: save it and open it from your own disk, "
      + "or use verify.py from where you got it";
  const text = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const check = async () => {
    const kind = document.querySelector("input[name=kind]:checked").value, key = field("key").value.trim();
    const witnesses = field("witnesses").value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (!await tells) throw new Error(cannot);
    if (!key) throw new Error("paste the key of the log first");
    if (kind === "person") return openhaven.person(text(await read("first", "the proof")), field("who").value.replace(/[ -]/g, "") || "-", key, witnesses);
    if (kind === "looked") return openhavenLookUps.looked(text(await read("first", "the proof")), key, witnesses);
    const first = await read("first", "the first file"), second = text(await read("second", "the second file"));
    return kind === "entry" ? openhaven.logged(first, second, key, witnesses) : openhaven.growth(text(first), second, key, witnesses);
  };
  const show = () => {
    const kind = document.querySelector("input[name=kind]:checked").value;
    for (const each of document.querySelectorAll("[data-for]")) each.hidden = !each.dataset.for.split(" ").includes(kind);
    field("first-says").textContent = { person: "The proof file (proof.json)", looked: "The proof file (look-up.json)", entry: "The entry", grown: "The older checkpoint" }[kind];
    field("second-says").textContent = { entry: "Its proof (.tlog-proof)", grown: "The growth (old N, hashes, checkpoint)" }[kind] ?? "";
    field("says").hidden = true;
  };
  for (const each of document.querySelectorAll("input[name=kind]")) each.addEventListener("change", show);
  field("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const says = field("says");
    says.hidden = true;
    try { says.textContent = `It is so: ${await check()}.`; says.className = "so"; }
    catch (problem) { says.textContent = `Not shown: ${problem.message}.`; says.className = "not"; }
    says.hidden = false;
    says.focus();
  });
  show();
  tells.then((does) => {
    if (!does) field("cannot").textContent = `${cannot[0].toUpperCase()}${cannot.slice(1)}.`;
    field("cannot").hidden = does;
  });
}
