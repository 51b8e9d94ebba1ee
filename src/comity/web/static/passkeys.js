// Passkeys: asks this node what is to be signed, the authenticator to sign it, and sends the answer in a form.
"use strict";
(() => {
  const able = () => window.isSecureContext && window.PublicKeyCredential?.parseRequestOptionsFromJSON !== undefined;

  async function question(form) {
    const asked = await fetch(form.dataset.ask, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const told = await asked.json();
    if (!asked.ok) throw new Error(told.says);
    return told;
  }

  async function answer(form) {
    const options = await question(form);
    const made = form.dataset.passkey === "add"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    return JSON.stringify(made.toJSON());
  }

  // Before any other listener: what is sent has its answer.
  async function sign(event) {
    const form = event.currentTarget;
    if (form.elements.answer.value !== "") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = form.querySelector("button[type=submit]");
    const said = form.querySelector("[role=status]");
    said.textContent = form.dataset.waiting;
    button.disabled = true;
    try {
      form.elements.answer.value = await answer(form);
      button.disabled = false;
      form.requestSubmit(button);
    } catch (error) {
      // The browser's own words for a person who said no are in its own language and say little.
      said.textContent = error instanceof DOMException ? form.dataset.refused : error.message;
      button.disabled = false;
      button.focus();
    }
  }

  function prepare() {
    for (const form of document.querySelectorAll("form[data-passkey]")) {
      if (able()) {
        form.hidden = false;
        form.addEventListener("submit", sign, { capture: true });
      } else {
        form.hidden = true;
        document.querySelector(`[data-without="${form.dataset.passkey}"]`)?.removeAttribute("hidden");
      }
    }
  }
  prepare();
  document.addEventListener("comity:shown", prepare);
})();
