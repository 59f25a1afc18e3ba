// What is kept on the device until the server has it: forms with their pictures, one record each, in IndexedDB.
const NAME = 'jiaoti-kept';

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore('forms', { keyPath: 'key' });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

// Settles when the transaction has: what is reported as kept is on the device.
async function inStore(mode, act) {
  const db = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = db.transaction('forms', mode);
      const asked = act(transaction.objectStore('forms'));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    db.close();
  }
}

// { key, account, url, title, state, fields: [[name, value]], files: [[name, File]], at }; state: draft | waiting | wrong
// (the server wants something put right) | moved (the case has gone on without it).
export const keep = (record) => inStore('readwrite', (store) => store.put(record));
export const forget = (key) => inStore('readwrite', (store) => store.delete(key));
export const all = () => inStore('readonly', (store) => store.getAll());
export const kept = async (account) => (await all()).filter((record) => record.account === account);
