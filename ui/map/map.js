// The map of /map, and the button "use where I am" of pages that ask from where. Without this script the same stands as
// lists and forms.
import L from 'leaflet';
import { bandStyle, english, linked, nameOf, read, say, sign, stepsOf, STYLES } from './layers.js';

// ---- Where I am ----

document.querySelectorAll('[data-locate]').forEach((part) => {
  const said = part.querySelector('[role=status]');
  if (!navigator.geolocation) {
    return;
  }
  part.hidden = false;
  part.querySelector('button').addEventListener('click', () => {
    said.textContent = say('正在定位…', 'Looking…');
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      location.href = `${part.dataset.locate}?lon=${coords.longitude.toFixed(6)}&lat=${coords.latitude.toFixed(6)}`;
    }, () => {
      said.textContent = say('没有得到位置，请写小区或村的名字。', 'No position was given. Please write the estate or village.');
    }, { timeout: 15000, maximumAge: 60000 });
  });
});

// ---- The map ----

const page = document.getElementById('atlas');

function open() {
  const box = document.getElementById('map');
  const said = document.getElementById('map-said');
  const { frame, tiles, attribution } = page.dataset;
  const query = frame === 'cgcs2000' ? '' : `frame=${frame}`;
  const layerUrl = (name, more = '') => {
    const words = [more, query].filter(Boolean).join('&');
    return `/atlas/${name}.geojson${words ? `?${words}` : ''}`;
  };
  box.hidden = false;
  document.querySelector('.map-layers').hidden = false;
  const map = L.map(box, { zoomControl: false, attributionControl: Boolean(tiles), zoomAnimation: false, fadeAnimation: false });
  L.control.zoom({ zoomInTitle: say('放大', 'Zoom in'), zoomOutTitle: say('缩小', 'Zoom out') }).addTo(map);
  if (tiles) {
    map.attributionControl.setPrefix(false);
    L.tileLayer(tiles, { attribution: attribution.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`), maxZoom: 18 }).addTo(map);
  }
  // From below: counties, fillings, lines, signs.
  ['ground', 'areas', 'lines', 'signs'].forEach((name, i) => { map.createPane(name).style.zIndex = 390 + 10 * i; });
  const canvas = L.canvas({ padding: 0.3, pane: 'signs' });
  const shown = {};
  let counties;

  const tell = (text) => { said.textContent = text; };
  const tap = (event) => {
    const { lng, lat } = event.latlng;
    location.href = `/map/at?lon=${lng.toFixed(6)}&lat=${lat.toFixed(6)}${query ? `&${query}` : ''}`;
  };

  function areas(features, style, popup) {
    return L.geoJSON(features, { pane: 'areas', style, onEachFeature: (feature, layer) => layer.bindPopup(() => popup(feature)) });
  }
  const catchments = async (stage) => areas(await read(layerUrl('catchments', `stage=${stage}`)),
    { color: stage === 'primary' ? '#145c9e' : '#6b4fa0', weight: 1.5, dashArray: stage === 'primary' ? null : '6 4', fillOpacity: 0.06 },
    ({ id, properties }) => linked(`/forecast/catchment/${id}`, nameOf(properties)));

  async function schools() {
    const kind = document.getElementById('layer-kind');
    const all = await read(layerUrl('schools'));
    return L.geoJSON(all, {
      filter: ({ geometry, properties }) => geometry && (!kind.value || properties.kind === kind.value),
      pointToLayer: ({ properties }, at) => sign(at, properties.ownership === 'public' ? STYLES.public : STYLES.private, canvas),
      onEachFeature: ({ id, properties }, layer) => layer.bindPopup(() => linked(`/school/${id}`, nameOf(properties),
        kind.querySelector(`[value="${properties.kind}"]`)?.textContent)),
    });
  }

  const venues = async () => L.geoJSON(await read(layerUrl('venues')), {
    filter: ({ geometry }) => geometry,
    pointToLayer: (feature, at) => sign(at, STYLES.venue, canvas),
    onEachFeature: ({ id, properties }, layer) => layer.bindPopup(() => linked(`/venue/${id}`, nameOf(properties), properties.hours)),
  });

  const groups = async () => L.geoJSON(await read(layerUrl('groups')), {
    pane: 'lines',
    filter: ({ geometry }) => geometry,
    style: ({ properties }) => ({ color: '#6b4fa0', weight: 2, dashArray: properties.kind === 'pairing' ? '5 4' : null }),
    onEachFeature: ({ id, properties }, layer) => layer.bindPopup(() => linked(`/map/group/${id}`, nameOf(properties))),
  });

  async function warnings() {
    const [shapes, told] = await Promise.all([read(layerUrl('catchments')), read('/forecast/warnings.json')]);
    const byId = new Map(told.catchments.map((c) => [String(c.id), c]));
    return areas({ ...shapes, features: shapes.features.filter(({ properties }) => properties.stage === 'primary') },
      ({ id }) => bandStyle(byId.get(id)?.bands[0]),
      ({ id, properties }) => linked(`/forecast/catchment/${id}`, nameOf(properties), byId.has(id)
        ? say(`${told.first_year} 年：计划的 ${byId.get(id).shares[0]}%`, `${told.first_year}: ${byId.get(id).shares[0]}% of the plan`) : ''));
  }

  async function figure(id) {
    const told = await read(`/figure/${id}/export/json`);
    const known = new Map(told.counties.filter((c) => c.value !== '').map((c) => [c.division, c]));
    const step = stepsOf([...known.values()].map((c) => Number(c.value)));
    return L.geoJSON(counties, {
      pane: 'areas',
      style: (feature) => ({ color: '#3f4c47', weight: 1.5, fillOpacity: 0.8,
        fillColor: known.has(feature.id) ? step(Number(known.get(feature.id).value)) : '#fff' }),
      onEachFeature: (feature, layer) => layer.bindTooltip(known.get(feature.id)?.value ?? '*',
        { permanent: true, direction: 'center', className: 'map-figure' })
        .bindPopup(() => linked(`/figure/${id}?division=${feature.id}`, nameOf(feature.properties), `${known.get(feature.id)?.value ?? '*'} ${english ? told.unit_en : told.unit}`)),
    });
  }

  const makers = { schools, venues, groups, warnings, primary: () => catchments('primary'), junior: () => catchments('junior') };

  async function show(key, make) {
    shown[key]?.remove();
    delete shown[key];
    page.dataset.shown = Object.keys(shown).join(' ');
    if (!shown.schools && !shown.venues) {
      canvas.remove(); // its sheet lies over what is below and would take the taps
    }
    if (!make) {
      tell('');
      return;
    }
    tell(say('正在读取…', 'Loading…'));
    try {
      shown[key] = (await make()).addTo(map);
      page.dataset.shown = Object.keys(shown).join(' ');
      tell('');
    } catch {
      tell(say('这一层现在没有数据，请看下面的名单。', 'This layer has no data now; please see the lists below.'));
    }
  }

  async function fillFigures(select) {
    const { figures } = await read('/figures/list.json');
    select.add(new Option(say('不显示', 'none'), ''));
    figures.forEach((f) => select.add(new Option(english ? f.name_en : f.name, f.id)));
    select.addEventListener('change', () => show('figure', select.value ? () => figure(select.value) : null));
  }

  async function fillKinds(select) {
    const { kinds } = await read('/atlas/kinds.json');
    select.add(new Option(say('全部', 'all'), ''));
    kinds.forEach((k) => select.add(new Option(english ? k.name_en : k.name, k.kind)));
    select.addEventListener('change', () => {
      document.getElementById('layer-schools').checked = true;
      show('schools', schools);
    });
  }

  document.querySelectorAll('.map-layers input').forEach((input) => {
    input.addEventListener('change', () => show(input.value, input.checked ? makers[input.value] : null));
  });
  read(layerUrl('counties')).then((all) => {
    counties = all;
    const outline = L.geoJSON(all, { pane: 'ground', style: { color: '#3f4c47', weight: 2, fillColor: '#fff', fillOpacity: tiles ? 0.15 : 1 } });
    outline.bindTooltip((layer) => nameOf(layer.feature.properties), { sticky: true }).addTo(map);
    map.on('click', tap);
    map.fitBounds(outline.getBounds());
    page.dataset.ready = '1';
    return Promise.all([fillKinds(document.getElementById('layer-kind')), fillFigures(document.getElementById('layer-figure'))]);
  }).catch(() => tell(say('地图现在读不到数据，请看下面的名单。', 'The map has no data now; please see the lists below.')));
}

if (page) {
  open();
}
