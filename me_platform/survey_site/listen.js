addEventListener("toggle", ({ target }) => {
  if (!target.open) return target.querySelectorAll("audio").forEach((audio) => audio.pause());
  if (target.className !== "listen") return;
  document.querySelectorAll(".listen[open]").forEach((other) => { other.open = other === target; });
  target.lastChild.play().catch(() => {});
}, true);
addEventListener("pointerup", (event) => { if (event.target.matches("audio")) event.stopPropagation(); }, true);
