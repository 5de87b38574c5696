/* Shows the copy buttons of a citation or of code. Without it there is none: a click selects the text, the field has the link. */

function select(source) {
  if ("select" in source) {
    source.focus();
    source.select();
  } else {
    getSelection().selectAllChildren(source);
  }
}

async function copy(source, status) {
  const text = source.value ?? source.textContent.trim();
  status.textContent = ""; // so that a second copy is announced like the first
  let done = false;
  try {
    await navigator.clipboard.writeText(text); // absent over plain HTTP, or refused
    done = true;
  } catch {
    select(source);
    done = document.execCommand("copy");
  }
  status.textContent = done ? status.dataset.done : status.dataset.selected;
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const status = button.closest("section").querySelector("[data-copy-status]");
  button.addEventListener("click", () => copy(source, status));
  button.hidden = false;
}
