// Uploads: previews, one photo at a time with its progress, and what the server says about each.

const form = document.querySelector("[data-upload]");
const list = form.querySelector("[data-list]");
const drop = form.querySelector("[data-drop]");
const send = form.querySelector("[data-send]");
const consent = form.querySelector("[name=consent]");
const inputs = [...form.querySelectorAll("input[type=file]")];
const words = form.dataset;
let chosen = [];

const note = (item, text, fault) => {
  const line = item.querySelector(".sending-note");
  line.textContent = text;
  line.classList.toggle("fault", Boolean(fault));
};

const add = (files) => {
  for (const file of files) {
    if (!file.type.startsWith("image/") || chosen.length >= Number(words.most)) continue;
    const item = document.createElement("li");
    item.innerHTML = '<img alt="" width="56" height="70"><div><p class="sending-name"></p><progress max="1" value="0"></progress><p class="sending-note tiny"></p></div>';
    item.querySelector("img").src = URL.createObjectURL(file);
    item.querySelector(".sending-name").textContent = file.name;
    item.querySelector("progress").setAttribute("aria-label", file.name);
    list.append(item);
    chosen.push({ file, item });
  }
  for (const input of inputs) input.value = "";
  form.classList.toggle("has-files", chosen.length > 0);
  if (chosen.length > 0 && consent.checked) start();
};

const upload = ({ file, item }) => new Promise((done) => {
  const bar = item.querySelector("progress");
  const request = new XMLHttpRequest();
  const data = new FormData();
  data.append("consent", "true");
  data.append("photo", file);
  request.open("POST", "/api/v1/photos");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
    if (event.loaded === event.total) {
      bar.removeAttribute("value"); // the server looks at it now
      note(item, words.working);
    }
  });
  request.addEventListener("loadend", () => {
    const good = request.status === 201;
    bar.max = 1;
    bar.value = good ? 1 : 0;
    const text = good ? words.done : request.response?.detail ?? words.failed;
    note(item, text, !good);
    item.classList.add(good ? "sent" : "refused");
    done(good);
  });
  request.send(data);
});

let busy = false;
const start = async () => {
  if (busy || chosen.length === 0) return;
  busy = true;
  send.classList.add("busy");
  const now = chosen;
  chosen = [];
  let all = true;
  for (const one of now) all = (await upload(one)) && all;
  busy = false;
  send.classList.remove("busy");
  if (chosen.length > 0) {
    await start();
  } else if (all) {
    location.assign("/photos");
  } else {
    // What was refused stays to be read; what was kept shows beside it.
    const page = await fetch("/photos").then((answer) => answer.text()).catch(() => "");
    const fresh = new DOMParser().parseFromString(page, "text/html").getElementById("mine");
    if (fresh) document.getElementById("mine").parentElement.replaceWith(fresh.parentElement);
    form.classList.remove("has-files");
  }
};

for (const input of inputs) {
  input.required = false;
  input.addEventListener("change", () => add([...input.files]));
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!consent.checked) {
    consent.focus();
  } else if (chosen.length > 0) {
    start();
  } else {
    inputs[0].click();
  }
});
for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  add([...event.dataTransfer.files]);
});
