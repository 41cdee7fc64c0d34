// Dialogs: a question with what would happen, and one's name to act under.

import { h } from "./dom.js";
import { button } from "./pieces.js";

/** Shows a dialog and waits for its end; true when `verb` was chosen and `submit` did not refuse.
 *
 * Without a verb it only shows.
 *
 * `submit` may be async; an error's message is shown in the dialog, which then stays.
 */
export function dialog({ title, body, verb, kind = "primary", submit = async () => true }) {
  const error = h("p", { class: "error", role: "alert" });
  const go = verb ? h("button", { type: "submit", class: kind }, verb) : null;
  const form = h(
    "form",
    { method: "dialog" },
    h("h2", { id: "dialog-title" }, title),
    body,
    error,
    h("div", { class: "dialog-foot" }, button(verb ? "Cancel" : "Close", () => element.close()), go),
  );
  const element = h("dialog", { "aria-labelledby": "dialog-title" }, form);
  const before = document.activeElement;
  return new Promise((resolve) => {
    let done = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!go) return element.close();
      go.disabled = true;
      try {
        await submit();
        done = true;
        element.close();
      } catch (refusal) {
        error.textContent = refusal.message;
        go.disabled = false;
        go.focus();
      }
      return undefined;
    });
    element.addEventListener("close", () => {
      element.remove();
      if (before?.isConnected) before.focus();
      resolve(done);
    });
    document.body.append(element);
    element.showModal();
  });
}

/** Asks for the token and a name for the audit; true when signed in. */
export async function signIn(app) {
  const token = h("input", { id: "token", type: "password", required: true, autocomplete: "current-password" });
  const name = h("input", { id: "name", required: true, maxlength: "100", autocomplete: "username", value: app.me.name ?? "" });
  const done = await dialog({
    title: "Sign in to act",
    verb: "Sign in",
    body: h(
      "div",
      { class: "fields" },
      h("p", {}, "Whatever you do is kept in the audit under this name."),
      h("label", { for: "name" }, "Your name"),
      name,
      h("label", { for: "token" }, "Token"),
      token,
      h("p", { class: "hint" }, "It is what the console was started with, as HANDOVER_CONSOLE_TOKEN."),
    ),
    submit: () => app.api.post("login", { token: token.value, name: name.value.trim() }),
  });
  if (done) await app.readMe();
  return done;
}
