(() => {
  const form = document.getElementById("exit");
  if (!navigator.sendBeacon) return;
  let shifts = 0, taps = [];
  const leave = (event) => {
    event.preventDefault();
    document.body.textContent = "";
    navigator.sendBeacon(form.action, new URLSearchParams("do=exit&stay=1"));
    location.replace(form.dataset.to);
  };
  form.addEventListener("submit", leave);
  document.querySelector("a.hidden").addEventListener("click", leave);
  addEventListener("keydown", (event) => {
    if (event.repeat) return;
    shifts = event.key === "Shift" ? shifts + 1 : 0;
    if (shifts === 3) leave(event);
  });
  addEventListener("pointerup", (event) => {
    if (event.pointerType !== "touch" || event.target.closest("button,label,input,textarea,a,summary")) return;
    taps = [...taps, event.timeStamp].slice(-3);
    if (taps.length === 3 && taps[2] - taps[0] < 900) leave(event);
  });
  addEventListener("pagehide", () => { document.body.hidden = true; });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
