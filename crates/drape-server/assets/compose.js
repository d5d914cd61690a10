// The reading while one types: the form is sent to the server, which answers the chips.

const form = document.querySelector("[data-compose]");
const box = form.querySelector("[data-reading]");
const said = form.querySelector("[data-said]");
const sentence = form.querySelector("#sentence");
let turn = 0;

const read = async (extra = {}) => {
  const mine = ++turn;
  const fields = new URLSearchParams(new FormData(form));
  for (const [name, value] of Object.entries(extra)) fields.set(name, value);
  const opened = box.querySelector("details[open]")?.dataset.chip;
  const focused = document.activeElement?.name;
  try {
    const answer = await fetch("/compose/reading", { method: "POST", body: fields });
    if (mine !== turn) return; // a later one is on its way
    if (!answer.ok) throw new Error(String(answer.status));
    box.innerHTML = await answer.text();
    if (opened && !extra.do) box.querySelector(`details[data-chip="${opened}"]`)?.setAttribute("open", "");
    if (focused && box.querySelector(`[name="${focused}"]:not(button)`)) {
      box.querySelector(`[name="${focused}"]`).focus();
    }
    const chips = [...box.querySelectorAll(".chip-title")].map((chip) => chip.textContent);
    const unknown = box.querySelector(".unknown");
    said.textContent = chips.join(", ") + (unknown ? `. ${unknown.textContent.trim()}` : "");
  } catch {
    if (mine === turn) said.textContent = form.dataset.fault;
  }
};

const grow = () => {
  if (CSS.supports("field-sizing", "content")) return; // the style sheet does it
  sentence.style.height = "auto";
  sentence.style.height = `${sentence.scrollHeight + 4}px`;
};
const press = () => {
  for (const tile of form.querySelectorAll(".tile")) {
    tile.setAttribute("aria-pressed", String(tile.dataset.sentence === sentence.value));
  }
};

let waiting;
sentence.addEventListener("input", () => {
  grow();
  press();
  clearTimeout(waiting);
  waiting = setTimeout(read, 250);
});
sentence.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

box.addEventListener("change", (event) => {
  if (event.target instanceof HTMLSelectElement) read();
});

form.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=do]");
  if (!button) return;
  event.preventDefault();
  if (button.dataset.sentence) {
    sentence.value = button.dataset.sentence;
    grow();
    press();
    read();
    sentence.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  } else {
    const at = [...box.querySelectorAll(".chip-off")].indexOf(button);
    read({ do: button.value }).then(() => {
      const left = box.querySelectorAll(".chip-off");
      (left[Math.min(at, left.length - 1)] ?? sentence).focus();
    });
  }
});
grow();
