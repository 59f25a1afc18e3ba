// Elements from data. Text goes in as text, never as markup.
export const english = () => document.documentElement.lang.startsWith('en');
export const say = (zh, en) => (english() ? en : zh);
export const number = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

// h('p', { class: 'hash' }, 'text', element, null …)
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  Object.entries(attributes || {}).forEach(([name, value]) => {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  });
  children.flat().forEach((child) => {
    if (child !== null && child !== undefined && child !== '') {
      element.append(child);
    }
  });
  return element;
}

export const hash = (digits) => h('code', { class: 'hash' }, digits);

export function notice(colour, title, ...children) {
  return h('div', { class: `govuk-notification-banner notice-${colour}`, role: 'region', 'aria-label': title },
    h('div', { class: 'govuk-notification-banner__header' }, h('p', { class: 'govuk-notification-banner__title' }, title)),
    h('div', { class: 'govuk-notification-banner__content' }, ...children));
}

// rows: arrays of cells (text or elements), the first is the row's head.
export function table(caption, heads, rows) {
  return h('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    h('table', null, h('caption', null, caption),
      h('thead', null, h('tr', null, ...heads.map((head) => h('th', { scope: 'col' }, head)))),
      h('tbody', null, ...rows.map(([first, ...rest]) => h('tr', null, h('th', { scope: 'row' }, first),
        ...rest.map((cell) => h('td', null, cell)))))));
}
