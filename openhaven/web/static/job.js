// Shows how far a release is without reloading. Without this script the page says the same, with a link to look again.
const job = document.getElementById("job");
const steps = document.getElementById("steps");

async function look() {
  const answer = await fetch(job.dataset.progress, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const found = await answer.json();
  if (found.over || (found.state === "running") === Boolean(document.querySelector("#job .nhsuk-tag--yellow"))) {
    location.reload();
    return;
  }
  document.getElementById("said").textContent = found.said;
  document.getElementById("none")?.remove();
  if (found.steps.length < steps.children.length) steps.replaceChildren();
  for (const words of found.steps.slice(steps.children.length)) {
    const step = document.createElement("li");
    step.textContent = words;
    steps.append(step);
  }
  setTimeout(look, 2000);
}

setTimeout(look, 2000);
