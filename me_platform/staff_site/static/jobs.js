// Follows a job: asks for the part of the page that changes until nothing waits any more, or for so many rounds.
"use strict";

const box = document.getElementById("job");
const seconds = Number(box.dataset.seconds);
let rounds = Number(box.dataset.rounds);

async function look() {
  let answer = null;
  try {
    answer = await fetch(box.dataset.address, { credentials: "same-origin", redirect: "manual" });
  } catch {
    // The site is away for a moment: look again.
  }
  if (answer !== null && !answer.ok) {
    window.location.reload();
    return;
  }
  if (answer !== null) {
    const text = await answer.text();
    if (text !== box.innerHTML) {
      box.innerHTML = text;
    }
  }
  rounds -= 1;
  if (rounds > 0 && box.querySelector("[data-waiting]")) {
    window.setTimeout(look, seconds * 1000);
  }
}

window.setTimeout(look, seconds * 1000);
