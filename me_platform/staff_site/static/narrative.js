// Saves a narrative in pauses of writing. Without this file the button does it all.
// "Saved" is said only after the server answered that it is; whatever else happens, the text stays on the page.
"use strict";
(() => {
  const PAUSE = 3000, AGAIN = 15000, PATIENCE = 30000, KEPT = 60000;
  const form = document.getElementById("narrative");
  const line = document.getElementById("saved");
  if (!form || !line) return;
  let typed = 0, kept = 0, answered = 0, parting = -1, sending = false, stopped = false, timer = 0, leaving = false;

  const say = (name, at) => {
    const text = form.dataset[name].replace("{at}", at || "");
    if (line.textContent !== text) line.textContent = text;
    line.dataset.state = name;
  };

  const wait = (pause) => {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  };

  async function save() {
    clearTimeout(timer);
    if (stopped || kept === typed) return;
    // One save at a time, unless the page is going away: then the later one overtakes by its turn.
    if (sending && (!leaving || parting === typed)) return;
    const state = typed;
    const turn = Number(form.elements.turn.value) + 1;
    form.elements.turn.value = String(turn);
    const data = new FormData(form);
    data.set("save", "pause");
    let size = 0;
    for (const [name, value] of data) size += 200 + name.length + 3 * String(value).length;
    const keepalive = leaving && size < KEPT;
    if (keepalive) parting = state;
    sending = true;
    if (!leaving) say("saving");
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: data, credentials: "same-origin", redirect: "manual", keepalive,
        // A network that went away may never say so; the next try overtakes this one by its turn.
        signal: AbortSignal.timeout(PATIENCE),
      });
      await read(answer, state, turn);
    } catch {
      say("away");
      wait(AGAIN);
    } finally {
      sending = false;
    }
    if (!stopped && kept !== state && state !== typed) wait(PAUSE);
  }

  async function read(answer, state, turn) {
    if (turn < answered) return;
    answered = turn;
    if (answer.ok && (answer.headers.get("Content-Type") || "").startsWith("application/json")) {
      const saved = await answer.json();
      form.elements.version.value = saved.version;
      kept = state;
      if (state === typed) say("saved", saved.at);
      else { say("unsaved"); wait(PAUSE); }
    } else if (answer.status === 401 || answer.type === "opaqueredirect" || answer.status === 400) {
      stopped = true;
      say("out");
    } else if (answer.status === 409) {
      stopped = true;
      say("conflict");
    } else if (answer.status === 422 || answer.status === 413) {
      say("faulty");
    } else {
      say("away");
      wait(AGAIN);
    }
  }

  form.addEventListener("input", () => {
    typed += 1;
    if (stopped) return;
    if (!sending) say("unsaved");
    wait(PAUSE);
  });
  // Whoever writes faster than this file comes has typed something already.
  const isTyped = (each) => {
    if (each.options) {
      const asked = [...each.options].some((option) => option.defaultSelected);
      return [...each.options].some((option) => option.selected !== option.defaultSelected) && (asked || each.selectedIndex > 0);
    }
    if (each.type === "checkbox" || each.type === "radio") return each.checked !== each.defaultChecked;
    return each.defaultValue !== undefined && each.value !== each.defaultValue;
  };
  if ([...form.elements].some(isTyped)) form.dispatchEvent(new Event("input"));
  form.addEventListener("submit", () => { stopped = true; clearTimeout(timer); });
  const leave = () => { leaving = true; save().finally(() => { leaving = false; }); };
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leave(); });
  addEventListener("pagehide", leave);
})();
