// Asks before a page is left whose form holds what is not saved. A page that came back with errors holds some from the start.
const form = document.querySelector("#content form[method=post]:not([data-no-warning])");
if (form) {
  const ignored = new Set(["csrfmiddlewaretoken", "_typed_by"]);
  const content = () =>
    JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value instanceof File ? value.name : value]).filter(([name]) => !ignored.has(name)));
  let saved;
  let leaving = false;
  // Once the admin's own scripts have made their fields, and the browser has put back what was typed before a reload.
  addEventListener("load", () => setTimeout(() => { saved = document.querySelector("#content .errornote, #content .errorlist, #content [data-unsaved]") ? "" : content(); }));
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("submit", (event) => { if (event.target === form) leaving = true; });
  addEventListener("beforeunload", (event) => {
    if (!leaving && saved !== undefined && content() !== saved) event.preventDefault();
  });
}
