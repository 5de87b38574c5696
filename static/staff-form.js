// What Django's admin leaves to add on forms: names for its autocompletes, and the focus in a row that was just added.

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

// A new row of a week begins on the day of the row before it, or on the next one if that day has its two periods.
document.addEventListener("formset:added", ({ target, detail }) => {
  nameAll();
  if (detail?.formsetName === "opening_periods") {
    const days = [...document.querySelectorAll("#opening_periods-group tr.form-row:not(.empty-form) select")].filter((select) => !target.contains(select) && select.value).map((select) => Number(select.value));
    const last = days.at(-1);
    const full = days.filter((day) => day === last).length > 1;
    if (last) target.querySelector("select").value = full && last < 7 ? last + 1 : last;
  }
  target.querySelector("select, input:not([type=hidden])")?.focus();
});
document.addEventListener("formset:removed", ({ detail }) => {
  document.querySelector(`#${detail.formsetName}-group .add-row a`)?.focus();
});
