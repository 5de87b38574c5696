/* Tells the page around an embedded one how high it would like its frame: https://… /integrer/#hauteur-automatique.
   Nothing else leaves the frame, and nothing is listened to. */

const content = document.querySelector("main"); // the page around it is at least as high as the frame

function tell() {
  const height = Math.ceil(content.getBoundingClientRect().height);
  parent.postMessage({ type: "pimms:hauteur", height }, "*"); // a number that everybody may know
}

new ResizeObserver(tell).observe(content);
