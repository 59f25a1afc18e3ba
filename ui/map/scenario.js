// What if, on the map: a community is tapped and given to a catchment next to its own. What is sent is the page's own form
// "a community to another catchment"; the server computes the whole city again and the page comes back with new colours.
import L from 'leaflet';
import { bandStyle, nameOf, read, say } from './layers.js';

const page = document.getElementById('scenario');
const form = document.getElementById('move-community')?.form;

// Catchments that share an edge have two corners in common: outlines of one county are cut from one sheet.
export function neighboursOf(features) {
  const corners = new Map();
  const next = new Map(features.map((f) => [f.id, new Map()]));
  features.forEach((feature) => {
    const mine = new Set(feature.geometry.coordinates.flat(2).map((at) => at.join()));
    mine.forEach((corner) => {
      (corners.get(corner) ?? []).forEach((other) => {
        next.get(feature.id).set(other, (next.get(feature.id).get(other) ?? 0) + 1);
        next.get(other).set(feature.id, (next.get(other).get(feature.id) ?? 0) + 1);
      });
      corners.set(corner, [...(corners.get(corner) ?? []), feature.id]);
    });
  });
  return new Map([...next].map(([id, shared]) => [id, [...shared].filter(([, n]) => n >= 2).map(([other]) => other)]));
}

async function open() {
  const { scenario, county } = page.dataset;
  const said = document.getElementById('map-said');
  const key = `scenario-${scenario}`;
  const [told, shapes, communities] = await Promise.all([read(`/forecast/scenario/${scenario}.json`),
    read('/atlas/catchments.geojson'), read('/atlas/communities.geojson')]);
  const within = (feature) => feature.properties.county === county;
  const catchments = shapes.features.filter(within);
  const people = communities.features.filter(within);
  const names = new Map(catchments.map((f) => [f.id, nameOf(f.properties)]));
  const cells = new Map(told.catchments.map((c) => [String(c.id), c.years]));
  page.hidden = false;
  const map = L.map(document.getElementById('map'), { zoomControl: false, attributionControl: false, zoomAnimation: false, fadeAnimation: false });
  L.control.zoom({ zoomInTitle: say('放大', 'Zoom in'), zoomOutTitle: say('缩小', 'Zoom out') }).addTo(map);
  let drawn = [];

  // The catchment to which the scenario gives a community now.
  const homeOf = (feature, stage) => {
    const inStage = new Set(catchments.filter((f) => f.properties.stage === stage).map((f) => f.id));
    const moves = told.moves.filter((m) => String(m.community) === feature.id && inStage.has(String(m.to)));
    return moves.length ? String(moves[moves.length - 1].to) : feature.properties[stage];
  };

  function move(community, catchment) {
    form.elements.community.value = community;
    form.elements.catchment.value = catchment;
    try {
      const { lat, lng } = map.getCenter();
      sessionStorage.setItem(key, JSON.stringify({ stage: document.querySelector('[name=map-stage]:checked').value, at: [lat, lng], zoom: map.getZoom() }));
    } catch {
      // a browser that keeps nothing: the map comes back whole
    }
    form.querySelector('button:not([type=button])').click();
  }

  function choices(feature, stage, next) {
    const box = document.createElement('div');
    const home = homeOf(feature, stage);
    const title = document.createElement('b');
    title.textContent = nameOf(feature.properties);
    box.append(title, document.createElement('br'), names.get(home) ?? '');
    (next.get(home) ?? []).forEach((id) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'map-move';
      button.dataset.catchment = id;
      button.textContent = `→ ${names.get(id)}`;
      button.addEventListener('click', () => move(feature.id, id));
      box.append(button);
    });
    return box;
  }

  function draw() {
    const stage = document.querySelector('[name=map-stage]:checked').value;
    const mine = catchments.filter((f) => f.properties.stage === stage);
    const next = neighboursOf(mine);
    drawn.forEach((layer) => layer.remove());
    const areas = L.geoJSON({ type: 'FeatureCollection', features: mine }, {
      style: ({ id }) => bandStyle(cells.get(id)?.[0].band),
      onEachFeature: ({ id }, layer) => layer.bindTooltip(() => {
        const year = cells.get(id)?.[0];
        return `${names.get(id).replace(/[&<>"]/g, '')}${year ? ` ${year.expected} / ${year.places}` : ''}`;
      }, { sticky: true }),
    }).addTo(map);
    const points = L.geoJSON({ type: 'FeatureCollection', features: people }, {
      pointToLayer: (feature, at) => {
        const moved = homeOf(feature, stage) !== feature.properties[stage];
        return L.circleMarker(at, { radius: moved ? 8 : 6, weight: moved ? 4 : 1.5, color: moved ? '#16211d' : '#fff', fillColor: '#145c9e', fillOpacity: 1,
          className: moved ? 'map-community map-community--moved' : 'map-community' });
      },
      onEachFeature: (feature, layer) => layer.bindPopup(() => choices(feature, stage, next)),
    }).addTo(map);
    drawn = [areas, points];
    return areas;
  }

  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(key));
  } catch {
    // nothing was kept
  }
  if (kept) {
    document.querySelector(`[name=map-stage][value=${kept.stage === 'junior' ? 'junior' : 'primary'}]`).checked = true;
  }
  const areas = draw();
  if (kept) {
    map.setView(kept.at, kept.zoom);
  } else {
    map.fitBounds(areas.getBounds());
  }
  document.querySelectorAll('[name=map-stage]').forEach((radio) => radio.addEventListener('change', draw));
  said.textContent = say(`重算用时 ${(told.took_us / 1000).toFixed(1)} 毫秒。`, `Computed again in ${(told.took_us / 1000).toFixed(1)} ms.`);
  page.dataset.ready = '1';
}

if (page && form) {
  open().catch(() => { page.hidden = true; }); // the form below does the same
}
