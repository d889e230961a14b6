// Answers, and what is told of the roll, that wait to be sent, in the order they were given. They outlive the page: the phone
// keeps them, and whoever of the page and the worker has a network first sends them. Each carries a key or an id, so that
// sending it twice has one effect.
'use strict';

const answers = (() => {
  // How many events of a roll are sent at once, and for how long those that were sent are kept for a page to be read anew.
  const BATCH = 50;
  const DAY = 24 * 3600 * 1000;

  const opened = () => new Promise((resolve, reject) => {
    const request = indexedDB.open('khademyar', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('answers', { keyPath: 'n', autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  const on = async (mode, work) => {
    const database = await opened();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction('answers', mode);
        const request = work(transaction.objectStore('answers'));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  };

  const all = () => on('readonly', store => store.getAll());
  const put = answer => on('readwrite', store => store.put(answer));
  const remove = n => on('readwrite', store => store.delete(n));
  const isWaiting = one => !one.refused && !one.sent;

  // Gives the response, or the reason why it is refused; neither: it is for later.
  const posted = async (path, kind, body) => {
    let response;
    try {
      response = await fetch(path, { method: 'POST', headers: { accept: 'application/json', ...kind }, body, credentials: 'same-origin', keepalive: true });
    } catch {
      return {};
    }
    if (response.ok) return { response };
    const passing = response.status >= 500 || [401, 408, 429].includes(response.status);
    if (passing) return {};
    const problem = await response.json().catch(() => ({}));
    return { refused: problem.detail || String(response.status) };
  };

  // Each tells whether it was answered, with the reason in what is refused.
  const sendAnswer = async answer => {
    const { response, refused } = await posted(answer.path, { 'idempotency-key': answer.key }, new URLSearchParams(answer.fields));
    if (response) await remove(answer.n);
    else if (refused) await put({ ...answer, refused });
    return Boolean(response || refused);
  };

  const sendEvents = async batch => {
    const [{ path, by }] = batch;
    const body = JSON.stringify({ by, items: batch.map(one => one.event) });
    const { response, refused } = await posted(path, { 'content-type': 'application/json' }, body);
    const told = response && (await response.json().catch(() => null));
    if (!told && !refused) return false;
    const sent = Date.now();
    for (const [k, one] of batch.entries()) {
      const reason = told ? told.items[k].refusal && told.items[k].refusal.detail : refused;
      // What counts stays until a page that knows it is read: until then it is shown from here.
      await put(reason ? { ...one, refused: reason } : { ...one, sent });
    }
    return true;
  };

  // The events at the head of what waits that go to one address, in one person's name.
  const together = waiting => {
    const [{ path, by }] = waiting;
    const end = waiting.findIndex(one => !one.event || one.path !== path || one.by !== by);
    return waiting.slice(0, Math.min(BATCH, end < 0 ? waiting.length : end));
  };

  const sendAll = async hurry => {
    let sent = 0;
    const kept = await all();
    for (const one of kept) if (one.sent < Date.now() - DAY) await remove(one.n);
    const waiting = kept.filter(isWaiting);
    while (waiting.length > 0) {
      const [first] = waiting;
      // What can still be taken back holds up nothing that was said before it, and all that was said after it.
      if (!hurry && first.from > Date.now()) break;
      const batch = first.event ? together(waiting) : [first];
      if (!(await (first.event ? sendEvents(batch) : sendAnswer(first)))) break;
      waiting.splice(0, batch.length);
      sent += batch.length;
    }
    return sent;
  };

  let under = Promise.resolve(0);
  return {
    all,
    put,
    remove,
    isWaiting,
    // Sends what can be sent, one after the other; tells how many were answered. With `hurry`, also what could be taken back.
    send: hurry => (under = under.catch(() => 0).then(() => sendAll(hurry))),
  };
})();
