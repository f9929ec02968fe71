// What check.html does with verify.js: reads the files that were chosen, and says what is shown.
"use strict";

{
  const field = (id) => document.getElementById(id);
  const read = async (id, what) => {
    if (!field(id).files.length) throw new Error(`choose ${what} first`);
    return new Uint8Array(await field(id).files[0].arrayBuffer());
  };
  const text = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const check = async () => {
    const kind = document.querySelector("input[name=kind]:checked").value, key = field("key").value.trim();
    const witnesses = field("witnesses").value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (!key) throw new Error("paste the key of the log first");
    if (kind === "person") return openhaven.person(text(await read("first", "the proof")), field("who").value.replace(/[ -]/g, "") || "-", key, witnesses);
    if (kind === "looked") return openhaven.looked(text(await read("first", "the proof")), key, witnesses);
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
}
