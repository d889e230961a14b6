// Answers that wait to be sent, in the order they were given. They outlive the page: the phone keeps them, and whoever of
// the page and the worker has a network first sends them. Each carries a key, so that sending it twice has one effect.
'use strict';

const answers = (() => {
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

  // Gives 'yes', 'no' with the reason in the answer, or 'later'.
  const send = async answer => {
    let response;
    try {
      response = await fetch(answer.path, {
        method: 'POST',
        headers: { accept: 'application/json', 'idempotency-key': answer.key },
        body: new URLSearchParams(answer.fields),
        credentials: 'same-origin',
        keepalive: true,
      });
    } catch {
      return 'later';
    }
    if (response.ok) return 'yes';
    const passing = response.status >= 500 || [401, 408, 429].includes(response.status);
    if (passing) return 'later';
    const problem = await response.json().catch(() => ({}));
    answer.refused = problem.detail || String(response.status);
    return 'no';
  };

  const sendAll = async hurry => {
    let sent = 0;
    for (const answer of await all()) {
      if (answer.refused) continue;
      // What can still be taken back holds up nothing that was said before it, and all that was said after it.
      if (!hurry && answer.from > Date.now()) break;
      const outcome = await send(answer);
      if (outcome === 'later') break;
      sent += 1;
      if (outcome === 'yes') await remove(answer.n); else await put(answer);
    }
    return sent;
  };

  let under = Promise.resolve(0);
  return {
    all,
    put,
    remove,
    // Sends what can be sent, one after the other; tells how many were answered. With `hurry`, also what could be taken back.
    send: hurry => (under = under.catch(() => 0).then(() => sendAll(hurry))),
  };
})();
