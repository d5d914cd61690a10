// Before and after: a line that mouse, finger and keys move. Without scripts both are shown side by side.

for (const box of document.querySelectorAll("[data-compare]")) {
  const range = box.querySelector("input[type=range]");
  const put = () => box.style.setProperty("--at", `${range.value}%`);
  const follow = (event) => {
    const { left, width } = box.getBoundingClientRect();
    range.value = String(Math.round(((event.clientX - left) / width) * 100));
    put();
  };
  range.addEventListener("input", put);
  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault(); // no drag of the picture itself
    box.setPointerCapture(event.pointerId);
    range.focus({ preventScroll: true, focusVisible: false });
    follow(event);
  });
  box.addEventListener("pointermove", (event) => {
    if (box.hasPointerCapture(event.pointerId)) follow(event);
  });
  put();
}
