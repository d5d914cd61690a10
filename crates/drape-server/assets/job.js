// Progress as it happens. When the job has ended, the page is asked for anew and shows what became of it.

const page = document.querySelector("[data-job]");
const say = page.querySelector("[data-say]");
const left = page.querySelector("[data-left]");
const bar = page.querySelector("[data-bar]");
const words = page.dataset;
let running = false;
let last = say.textContent;

const tell = (text) => {
  last = text;
  if (say.textContent !== text) say.textContent = text; // a live region repeats what is written again
};
const glimpse = page.querySelector("[data-glimpse]");
let wanted = glimpse?.querySelector("img")?.getAttribute("src") ?? null;

/** Shows a preview once it is there, so that the one before stays until then; null takes it away. */
const show = (address) => {
  if (!glimpse || address === wanted) return;
  wanted = address;
  if (!address) {
    glimpse.querySelector("img")?.remove();
    return;
  }
  // Imported, for pictures of a template's own document are not fetched.
  const next = document.importNode(page.querySelector("[data-glimpse-picture]").content.firstElementChild);
  next.addEventListener("load", () => {
    if (address !== wanted) return;
    glimpse.querySelector("img")?.remove();
    glimpse.prepend(next);
  });
  next.src = address;
};
const stageName = (stage) => page.getAttribute(`data-stage-${stage}`) ?? page.getAttribute("data-stage-other");

const source = new EventSource(`/api/v1/jobs/${words.job}/events`);
source.addEventListener("job", (event) => {
  const job = JSON.parse(event.data);
  if (!["queued", "running"].includes(job.state)) {
    source.close();
    bar.value = bar.max;
    location.reload();
    return;
  }
  running = job.state === "running";
  if (running) {
    if (job.total > 0) {
      bar.max = job.total;
      bar.value = Math.max(job.step + 0.4, 0.4);
    }
    tell(stageName(job.stage ?? "photos"));
  }
  show(job.preview ? `/api/v1/jobs/${words.job}/preview?n=${job.attempt}.${job.preview}` : null);
});
source.addEventListener("position", (event) => {
  const { position, time_left: time } = JSON.parse(event.data);
  if (!running) tell(position > 0 ? words.waiting.replace("{n}", position) : words.next);
  if (time != null) {
    const seconds = Math.ceil(time / 1000);
    const text = seconds < 90 ? words.left.replace("{n}", seconds) : words.leftMinutes.replace("{n}", Math.round(seconds / 60));
    left.textContent = seconds > 1 || !running ? text : words.soon;
  }
});
source.addEventListener("open", () => { say.textContent = last; });
source.addEventListener("error", () => {
  // The browser connects again by itself and goes on after the last event; an ended stream needs a look.
  say.textContent = words.lost;
  if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000);
});
