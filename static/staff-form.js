// What Django's admin leaves to add on forms: names for its autocompletes, the focus in a row that was just added, and
// the help of the server while a week is typed.

// The box that stands for a select says its value and not its name.
const name = (select) => {
  const box = select.parentElement.querySelector(".select2-selection");
  const label = document.querySelector(`label[for="${select.id}"]`);
  if (!box || !label) return;
  label.id ||= `${select.id}_label`;
  box.setAttribute("aria-labelledby", `${label.id} select2-${select.id}-container`);
  box.querySelector(".select2-selection__rendered[role=textbox]")?.setAttribute("aria-labelledby", label.id);
  box.querySelector(".select2-search__field")?.setAttribute("aria-label", label.textContent.replace(/\s*:\s*$/, ""));
};
const nameAll = () => document.querySelectorAll("select.admin-autocomplete").forEach(name);
addEventListener("load", () => setTimeout(nameAll));
document.addEventListener("focusin", ({ target }) => {
  if (target.matches(".select2-search__field:not([aria-label])")) target.setAttribute("aria-label", "Rechercher");
});

document.addEventListener("formset:added", ({ target }) => {
  nameAll();
  target.querySelector("select, input:not([type=hidden])")?.focus();
});
document.addEventListener("formset:removed", ({ detail }) => {
  document.querySelector(`#${detail.formsetName}-group .add-row a`)?.focus();
});

// A week of hours: the server says what it understands while somebody types, and fills the boxes from a text.
const week = document.querySelector(".week");
if (week) {
  const text = week.querySelector("textarea");
  const fields = () => [text, ...week.querySelectorAll("input")];
  const typed = () => JSON.stringify(fields().map(({ value }) => value));
  // What the server makes of all that is typed, with these values instead of some; asked again if somebody types on.
  const read = async (values) => {
    let before, answer;
    do {
      before = typed();
      const body = new FormData();
      body.append("csrfmiddlewaretoken", week.closest("form").elements.csrfmiddlewaretoken.value);
      fields().forEach(({ name, value }) => body.append(name, value));
      Object.entries(values).forEach(([name, value]) => body.set(name, value));
      const response = await fetch(week.dataset.check, { method: "POST", body }).catch(() => undefined);
      if (!response?.ok || response.redirected) {
        week.querySelector(".week-said").textContent = "Pas de réponse, votre session a peut-être pris fin : ce qui est tapé sera lu à l’enregistrement.";
        return undefined;
      }
      answer = new DOMParser().parseFromString(await response.text(), "text/html").querySelector(".week");
    } while (typed() !== before);
    return answer;
  };
  const show = (selector, answer) => {
    const [now, then] = [week, answer].map((each) => each.querySelector(selector));
    if (now.innerHTML !== then.innerHTML) now.replaceChildren(...then.childNodes);
  };
  // All the boxes; who is typing in one goes on there.
  const redraw = (answer) => {
    const { name, dataset } = document.activeElement;
    week.querySelector("tbody").replaceWith(answer.querySelector("tbody"));
    if (name || dataset.like) week.querySelector(name ? `[name="${name}"]` : `[data-like="${dataset.like}"]`)?.focus();
  };
  const check = async () => {
    const answer = await read({ [text.name]: "" });
    answer?.querySelectorAll("output").forEach(({ id }) => show(`#${id}`, answer));
    answer?.querySelectorAll("input").forEach(({ name, ariaInvalid }) => { week.querySelector(`[name="${name}"]`).ariaInvalid = ariaInvalid; });
  };
  const fill = async () => {
    const answer = text.value.trim() && (await read({}));
    if (!answer) return;
    text.value = answer.querySelector("textarea").value;
    text.ariaInvalid = answer.querySelector("textarea").ariaInvalid;
    show(".week-said", answer);
    redraw(answer);
  };
  const likeMonday = async (days) => {
    const answer = await read({ [text.name]: "", [`${text.name}-like_monday`]: days });
    if (answer) redraw(answer);
  };
  let waiting;
  week.addEventListener("input", ({ target }) => {
    if (target === text) return;
    clearTimeout(waiting);
    waiting = setTimeout(check, 250);
  });
  text.addEventListener("paste", () => setTimeout(fill));
  text.addEventListener("change", fill);
  week.addEventListener("click", ({ target }) => target.dataset.like && likeMonday(target.dataset.like));
}
