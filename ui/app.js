// What makes the pages a little better where scripts run. Nothing depends on it: each part looks for its attribute and
// does nothing when it is not there.

const english = document.documentElement.lang.startsWith('en');
const say = (zh, en) => (english ? en : zh);

// A form is sent once: the second click finds the button asleep. (The one-time key makes a second one harmless anyway.)
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post') {
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = '1';
  changed.delete(form);
  setTimeout(() => form.querySelectorAll('button').forEach((button) => button.setAttribute('aria-disabled', 'true')));
});
window.addEventListener('pageshow', () => {
  document.querySelectorAll('form[data-sent]').forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll('button[aria-disabled]').forEach((button) => button.removeAttribute('aria-disabled'));
  });
});

// A file that is too large is said to be so before it is sent.
function showFileError(input, message) {
  const id = `${input.id}-size`;
  let note = document.getElementById(id);
  if (!note && message) {
    note = document.createElement('p');
    note.id = id;
    note.className = 'govuk-error-message';
    note.setAttribute('role', 'alert');
    input.before(note);
  }
  if (note) {
    note.textContent = message;
    note.hidden = !message;
  }
  input.setCustomValidity(message);
}
document.querySelectorAll('input[type=file][data-max-bytes]').forEach((input) => {
  const check = () => {
    const file = input.files[0];
    const large = file && file.size > Number(input.dataset.maxBytes);
    const megabytes = (bytes) => (bytes / 1048576).toFixed(1);
    showFileError(input, large
      ? `${input.dataset.tooLarge} (${megabytes(file.size)} MB > ${megabytes(input.dataset.maxBytes)} MB)` : '');
  };
  input.addEventListener('change', check);
  input.form.addEventListener('submit', (event) => {
    check();
    if (!input.validity.valid) {
      event.preventDefault();
      event.stopImmediatePropagation();
      input.focus();
    }
  });
});

// How many characters are left.
document.querySelectorAll('textarea[data-max]').forEach((area) => {
  const note = document.createElement('p');
  note.className = 'govuk-hint govuk-character-count__message';
  note.setAttribute('aria-live', 'polite');
  area.after(note);
  const count = () => {
    const left = Number(area.dataset.max) - [...area.value].length;
    note.textContent = left >= 0
      ? say(`还可以写 ${left} 个字`, `${left} characters left`)
      : say(`超过 ${-left} 个字`, `${-left} characters too many`);
  };
  area.addEventListener('input', count);
  count();
});

// Keys of queue pages: data-key="a" is pressed by A, when nobody is typing; ? lists them.
const typing = (element) => /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && element.type !== 'checkbox'
  && element.type !== 'radio';
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) {
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (target) {
    event.preventDefault();
    if (target.matches('input:not([type=checkbox]):not([type=radio]), textarea, select')) {
      target.focus();
    } else {
      target.click();
    }
  }
});

// Rows of a queue (tr[data-row]): j and k walk, x ticks, Enter opens.
const rows = [...document.querySelectorAll('tr[data-row]')];
let current = -1;
function walkTo(index) {
  if (index < 0 || index >= rows.length) {
    return;
  }
  rows[current]?.classList.remove('row-current');
  current = index;
  rows[current].classList.add('row-current');
  rows[current].querySelector('[data-open]').focus();
}
document.addEventListener('keydown', (event) => {
  if (!rows.length || event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) {
    return;
  }
  if (event.key === 'j') {
    walkTo(current + 1);
  } else if (event.key === 'k') {
    walkTo(current - 1);
  } else if (event.key === 'x' && current >= 0) {
    rows[current].querySelector('input[type=checkbox]').click();
  }
});

// "Select all" of a table: <input type="checkbox" data-all="NAME">.
document.querySelectorAll('input[data-all]').forEach((all) => {
  all.addEventListener('change', () => {
    document.getElementsByName(all.dataset.all).forEach((box) => { box.checked = all.checked; });
  });
});

// What was typed and not sent is not lost by a wrong tap.
const changed = new Set();
document.addEventListener('input', (event) => {
  if (event.target.form && event.target.form.method === 'post') {
    changed.add(event.target.form);
  }
});
window.addEventListener('beforeunload', (event) => {
  if (changed.size && !document.documentElement.classList.contains('big')) {
    event.preventDefault();
  }
});

// Printing: <button data-print>.
document.querySelectorAll('[data-print]').forEach((button) => {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
});

// The summary of errors is read first.
document.getElementById('error-summary')?.focus();
