/* Tells the page around an embedded one how high it would like its frame: https://… /integrer/#hauteur-automatique.
   Nothing else leaves the frame, and nothing is listened to. */

function tell() {
  const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
  parent.postMessage({ type: "pimms:hauteur", height }, "*"); // a number that everybody may know
}

new ResizeObserver(tell).observe(document.documentElement);
