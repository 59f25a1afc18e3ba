// Drawing of the map's layers: signs that differ in form, fillings that differ in pattern (the patterns stand in the
// page's legend), labels that are numbers. Nothing here depends on which page it is.
import L from 'leaflet';

export const english = document.documentElement.lang.startsWith('en');
export const say = (zh, en) => (english ? en : zh);
export const nameOf = (properties) => (english && properties.name_en) || properties.name;

// A sign of a place on the canvas: circle, square, triangle.
L.Canvas.include({
  _updateSign(layer) {
    if (!this._drawing || layer._empty()) {
      return;
    }
    const { x, y } = layer._point;
    const r = Math.max(Math.round(layer._radius), 1);
    const context = this._ctx;
    context.beginPath();
    if (layer.options.form === 'square') {
      context.rect(x - r, y - r, 2 * r, 2 * r);
    } else if (layer.options.form === 'triangle') {
      context.moveTo(x, y - r * 1.2);
      context.lineTo(x + r * 1.1, y + r * 0.8);
      context.lineTo(x - r * 1.1, y + r * 0.8);
      context.closePath();
    } else {
      context.arc(x, y, r, 0, Math.PI * 2, false);
    }
    this._fillStroke(context, layer);
  },
});
const Sign = L.CircleMarker.extend({
  _updatePath() {
    this._renderer._updateSign(this);
  },
});

export const STYLES = {
  public: { form: 'circle', fillColor: '#145c9e' },
  private: { form: 'square', fillColor: '#b25c00' },
  venue: { form: 'triangle', fillColor: '#1a6e46' },
};

export function sign(latlng, style, canvas) {
  return new Sign(latlng, { renderer: canvas, radius: 6, weight: 1.5, color: '#fff', fillOpacity: 1, ...style });
}

// A link with words around it, as a node: nothing of a name is ever read as markup.
export function linked(href, name, note) {
  const box = document.createElement('div');
  const link = document.createElement('a');
  link.href = href;
  link.textContent = name;
  box.append(link);
  if (note) {
    box.append(document.createElement('br'), note);
  }
  return box;
}

export const bandStyle = (band) => ({ color: '#3f4c47', weight: 1, fillOpacity: 0.85,
  fillColor: band && band !== 'grey' ? `url(#mark-${band})` : '#e3e8e5' });

// Five steps from light to dark, each with as many counties as the others. The number stands on the map as well.
const STEPS = ['#eef4f1', '#cfe0d8', '#a2c4b5', '#6b9f8a', '#2f7560'];
export function stepsOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (value) => STEPS[Math.min(STEPS.length - 1, Math.floor((sorted.indexOf(value) * STEPS.length) / sorted.length))];
}

export async function read(url) {
  const answer = await fetch(url, { credentials: 'same-origin' });
  if (!answer.ok) {
    throw new Error(String(answer.status));
  }
  return answer.json();
}
