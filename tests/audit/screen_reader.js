// In the page: what the virtual screen reader says of the element that `selector` finds, a phrase a line, up to the
// phrase `until`. It is given as [source, selector, until]; the source is that of the package.
async ([source, selector, until]) => {
  // Where these end is not told, and these have no name for people: readers go over them in silence.
  const SILENT = /^(end(,| of) .*|row, .*|rowgroup|group|paragraph|strong|time|document|[\s,.;:()]*)$/;
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { virtual } = await import(address);
  // It takes what stands in a closed <details> for visible, which no browser hands to a reader.
  const closed = [...document.querySelectorAll("details:not([open]) > :not(summary)")];
  const unseen = closed.filter((element) => !element.checkVisibility() && !element.ariaHidden);
  for (const element of unseen) element.ariaHidden = "true";
  const phrases = [];
  let language = document.documentElement.lang;
  const hear = (node, phrase) => {
    if (SILENT.test(phrase)) return;
    const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    // Readers say the name of these once, as a whole, not its letters again.
    const named = node !== element && element.closest("a, button, summary, th, td, caption");
    if (named) return;
    const its = element.closest("[lang]").getAttribute("lang");
    if (its !== language) phrases.push(`language, ${its}`);
    language = its;
    phrases.push(phrase);
  };
  await virtual.start({ container: document.querySelector(selector) });
  // Signs for the eye alone (no line break here, this from left to right) are not heard.
  const spoken = async () => (await virtual.lastSpokenPhrase()).replace(/[\u2060\u2066-\u2069]/g, "").replace(/\s+/g, " ").trim();
  const where = async () => [virtual.activeNode, await spoken()];
  const [firstNode, firstPhrase] = await where();
  let node = firstNode;
  let phrase = firstPhrase;
  do {
    hear(node, phrase);
    await virtual.next();
    [node, phrase] = await where();
  } while (phrases.at(-1) !== until && (node !== firstNode || phrase !== firstPhrase));
  await virtual.stop();
  for (const element of unseen) element.ariaHidden = null;
  return phrases;
}
