// What pages gain with a script: a desk that keeps focus while it refreshes, forms that are not sent twice and that
// ask after a lost answer, clocks that go on. Every page works without it.
"use strict";
(() => {
  const body = document.body;
  const notice = () => document.getElementById("notice");

  function say(text, link) {
    const box = notice();
    if (!box) return;
    box.replaceChildren(document.createTextNode(text + " "));
    if (link) {
      const anchor = document.createElement("a");
      anchor.href = link;
      anchor.textContent = body.dataset.open;
      box.append(anchor);
    }
  }

  // Focus: on the summary of what is to be mended; kept on the desk across a refresh.
  document.getElementById("error-summary")?.focus();
  let held = "";
  document.addEventListener("htmx:before:swap", () => { held = document.activeElement?.id ?? ""; });
  document.addEventListener("htmx:after:swap", () => {
    const live = document.getElementById("live");
    if (held && document.activeElement === body) document.getElementById(held)?.focus();
    const news = document.getElementById("news");
    if (news && live?.dataset.new === "1") news.textContent = live.dataset.news;
  });
  for (const event of ["htmx:response:error", "htmx:error"]) {
    document.addEventListener(event, () => say(body.dataset.stale));
  }
  document.addEventListener("htmx:after:request", (event) => {
    if (event.detail?.ctx?.response?.status < 400 && notice()?.textContent.startsWith(body.dataset.stale)) {
      notice().replaceChildren();
    }
  });

  // Forms: sent once; after a lost answer asked for by their key.
  async function ask(form, button, label) {
    say(body.dataset.lost);
    const key = form.elements.key?.value;
    for (let tried = 0; key && tried < 30; tried += 1) {
      await new Promise((resolve) => { setTimeout(resolve, 1000); });
      let told;
      try {
        const answer = await fetch(`/submissions/${key}`, { headers: { Accept: "application/json" } });
        told = await answer.json();
      } catch { continue; }
      if (told.state === "recorded") { say(body.dataset.recorded, told.where); return; }
      if (told.state === "not_recorded") { say(body.dataset.notRecorded); break; }
    }
    form.removeAttribute("aria-busy");
    button.disabled = false;
    button.textContent = label;
  }

  function show(text) {
    const read = new DOMParser().parseFromString(text, "text/html");
    document.title = read.title;
    document.getElementById("main").replaceWith(read.getElementById("main"));
    prepare();
    document.dispatchEvent(new Event("comity:shown"));
    (document.getElementById("error-summary") ?? document.getElementById("main")).focus();
    window.scrollTo(0, 0);
  }

  async function send(event) {
    event.preventDefault();
    const form = event.currentTarget;
    if (form.getAttribute("aria-busy") === "true") return;
    const button = event.submitter ?? form.querySelector("button[type=submit]");
    const label = button.textContent;
    const filled = new FormData(form, button);
    // By attribute: a field called "action" stands before the form's own property.
    const plain = form.getAttribute("enctype") !== "multipart/form-data";
    form.setAttribute("aria-busy", "true");
    button.disabled = true;
    button.textContent = body.dataset.sending;
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body: plain ? new URLSearchParams(filled) : filled });
      if (answer.redirected && answer.ok) {
        const here = location.pathname;
        location.assign(answer.url);
        if (new URL(answer.url).pathname === here) location.reload();
        return;
      }
      show(await answer.text());
    } catch {
      await ask(form, button, label);
    }
  }

  function prepare() {
    for (const form of document.querySelectorAll("form[data-once]")) form.addEventListener("submit", send);
  }
  prepare();

  // The paper page prints itself each hour while it stands open; without a line it prints what stands there.
  async function printAnew() {
    try {
      await fetch("/health", { cache: "no-store" });
      location.assign("/paper?print=now");
    } catch { window.print(); }
  }
  const paper = document.querySelector("[data-print]");
  if (paper !== null) {
    paper.addEventListener("click", () => window.print());
    if ("printHourly" in paper.dataset) setInterval(printAnew, 3600000);
    if (new URLSearchParams(location.search).get("print") === "now") window.print();
  }

  // Clocks in the head, UTC and local: the node's time, not the workstation's.
  const ahead = Date.parse(body.dataset.now) - Date.now();
  const faces = [...document.querySelectorAll("[data-zone]")].map((face) => [face, new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: face.dataset.zone,
  })]);
  const tick = () => { for (const [face, clock] of faces) face.textContent = clock.format(new Date(Date.now() + ahead)); };
  if (faces.length > 0) { tick(); setInterval(tick, 1000); }
  body.dataset.ready = "yes";
})();
