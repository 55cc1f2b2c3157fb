// Says under a text area how many of its characters are used. The server counts as well, when the form is sent.
"use strict";

for (const area of document.querySelectorAll("textarea[data-limit]")) {
  const limit = Number(area.dataset.limit);
  const line = document.createElement("p");
  line.className = "form-text mt-0";
  area.after(line);
  const count = () => {
    const used = Array.from(area.value.trim()).length;
    line.textContent = area.dataset.words.replace("{count}", used).replace("{limit}", limit);
    line.classList.toggle("text-danger", used > limit);
  };
  area.addEventListener("input", count);
  count();
}
