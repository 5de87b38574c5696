// The detailed map, on request only: before the button is pressed, nothing is fetched but this file.

const ROOM = 30; // pixels between two markers: nearer ones are shown as one
const CLOSEST = 16; // the zoom from which a shared marker lists its sites instead of zooming in

const settings = document.querySelector("[data-map-settings]").dataset;
const figure = document.querySelector("[data-map]");
const part = (name) => figure.querySelector(`[data-map-${name}]`);
const [picture, detail] = [figure.querySelector(".map-picture"), part("detail")];
const [button, status] = [part("button"), part("status")];
const show = button.textContent;
let map;

const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

function load(element) {
  return new Promise((resolve, reject) => {
    element.onload = resolve;
    element.onerror = reject;
    document.head.append(element);
  });
}

const loadLeaflet = () =>
  Promise.all([
    load(make("link", { rel: "stylesheet", href: settings.style })),
    load(make("script", { src: settings.script })),
  ]);

function popup(group) {
  const content = make("ul", { className: "map-popup" });
  for (const { name, place, address } of group) {
    const item = make("li");
    item.append(make("a", { href: address, textContent: name }), make("br"), place);
    content.append(item);
  }
  return content;
}

function marker(L, group) {
  const { name, place, at } = group[0];
  const title = group.length > 1 ? settings.several.replace("%", group.length) : `${name}, ${place}`;
  const html = group.length > 1 ? `${group.length}` : "";
  const icon = L.divIcon({ className: "map-mark", html, iconSize: [26, 26], popupAnchor: [0, -10] });
  const one = L.marker(at, { icon, title });
  one.on("add", () => one.getElement().setAttribute("aria-label", title));
  const bounds = L.latLngBounds(group.map((point) => point.at));
  if (group.length === 1 || map.getZoom() >= CLOSEST || bounds.getNorthEast().equals(bounds.getSouthWest())) {
    const bubble = L.popup({ maxWidth: 220, autoPanPaddingTopLeft: [60, 10] }).setContent(popup(group));
    return one.bindPopup(Object.assign(bubble, { marker: one }));
  }
  return one.on("click keypress", (event) => {
    if (event.type === "keypress" && event.originalEvent.key !== "Enter") return;
    map.fitBounds(bounds, { padding: [40, 40], maxZoom: CLOSEST });
    detail.focus();
  });
}

// Greedy: a point joins the first group that stands near it on the screen.
function grouped(points) {
  const groups = [];
  for (const point of points) {
    const spot = map.latLngToLayerPoint(point.at);
    const near = groups.find((group) => group.spot.distanceTo(spot) < ROOM);
    if (near) near.push(point);
    else groups.push(Object.assign([point], { spot }));
  }
  return groups;
}

function draw(L) {
  const points = JSON.parse(document.getElementById("carte-points").textContent).map(
    ([latitude, longitude, name, place, address]) => ({ at: [latitude, longitude], name, place, address }),
  );
  map = L.map(detail, { zoomControl: false, scrollWheelZoom: false, fadeAnimation: false, zoomAnimation: false });
  map.attributionControl.setPrefix('<a href="https://leafletjs.com" lang="en">Leaflet</a>');
  L.control.zoom({ zoomInTitle: settings.zoomIn, zoomOutTitle: settings.zoomOut }).addTo(map);
  const attribution = make("span", { textContent: settings.attribution }).outerHTML;
  L.tileLayer(settings.tiles, { attribution, maxZoom: 18, referrerPolicy: "strict-origin" })
    .on("tileerror", () => (status.textContent = status.dataset.failure))
    .on("tileload", () => (status.textContent = ""))
    .addTo(map);
  const markers = L.layerGroup().addTo(map);
  map.on("zoomend", () => {
    markers.clearLayers();
    for (const group of grouped(points)) markers.addLayer(marker(L, group));
  });
  // The keyboard follows a marker into its popup, and comes back to the marker.
  map.on("popupopen", ({ popup: opened }) => {
    opened.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", settings.close);
    opened.getElement().querySelector("a").focus();
  });
  map.on("popupclose", ({ popup: closed }) => {
    if (document.activeElement === document.body) closed.marker.getElement()?.focus();
  });
  detail.addEventListener("keydown", ({ key }) => key === "Escape" && map.closePopup());
  map.fitBounds(L.latLngBounds(points.map((point) => point.at)), {
    paddingTopLeft: [60, 40], // beside the buttons
    paddingBottomRight: [30, 40],
    maxZoom: 15,
  });
}

async function toggle() {
  const opening = detail.hidden;
  if (opening && !window.L) {
    button.disabled = true;
    try {
      await loadLeaflet();
    } catch {
      status.textContent = status.dataset.failure;
      return;
    } finally {
      button.disabled = false;
    }
  }
  detail.hidden = !opening;
  picture.hidden = opening;
  button.setAttribute("aria-expanded", opening);
  button.textContent = opening ? button.dataset.hide : show;
  if (opening && !map) draw(window.L);
}

button.addEventListener("click", toggle);
part("ask").hidden = false;
