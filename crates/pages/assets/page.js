// What makes the pages quicker, and lets answers be given without a network. Each page does all it must without this.
'use strict';

(() => {
  const persian = document.documentElement.lang === 'fa';
  const say = (fa, en) => (persian ? fa : en);
  // For how long an answer that others hear of can be taken back.
  const UNDO = 6000;
  const RETRY = 10000;

  const words = answer => {
    if (answer.refused) return answer.refused;
    if (answer.from > Date.now()) return say('تا چند لحظهٔ دیگر به هماهنگ‌کننده خبر می‌دهیم.', 'Your coordinator hears of it in a moment.');
    return answer.verb === 'accept'
      ? say('«می‌آیم» نگه داشته شد و با نخستین شبکه فرستاده می‌شود.', '“I will come” is kept, and sent as soon as there is a network.')
      : say('«نمی‌توانم» نگه داشته شد و با نخستین شبکه فرستاده می‌شود.', '“I cannot” is kept, and sent as soon as there is a network.');
  };

  // Fills `place` with what became of an answer, and empties it where there is none.
  const tell = (place, answer, text) => {
    if (place.dataset.shown === text) return;
    place.dataset.shown = text;
    place.replaceChildren();
    place.classList.toggle('note', Boolean(answer));
    place.classList.toggle('fault', Boolean(answer && answer.refused));
    if (!answer) return;
    const told = document.createElement('span');
    told.textContent = text;
    const back = document.createElement('button');
    back.type = 'button';
    back.className = 'button';
    back.textContent = answer.refused ? say('باشد', 'All right') : say('پس می‌گیرم', 'Take it back');
    back.addEventListener('click', async () => {
      await answers.remove(answer.n);
      await show();
    });
    place.append(told, back);
  };

  // What was said of a service that the page shows no more has a place of its own, below the heading.
  const tellOfGone = gone => {
    const heading = document.querySelector('main h1');
    if (location.pathname !== '/me' || !heading) return;
    for (const place of document.querySelectorAll('[data-gone]')) {
      if (!gone.some(answer => String(answer.n) === place.dataset.gone)) place.remove();
    }
    for (const answer of gone) {
      let place = document.querySelector(`[data-gone="${answer.n}"]`);
      if (!place) {
        place = document.createElement('p');
        place.className = 'sending';
        place.setAttribute('role', 'status');
        place.dataset.gone = answer.n;
        heading.after(place);
      }
      tell(place, answer, answer.about ? `${answer.about}: ${words(answer)}` : words(answer));
    }
  };

  const show = async () => {
    const waiting = await answers.all();
    const shown = new Set();
    for (const card of document.querySelectorAll('[data-assignment]')) {
      const place = card.querySelector('.sending');
      const ways = card.querySelector('.answer');
      if (!place || !ways) continue;
      shown.add(card.dataset.assignment);
      const of = waiting.filter(answer => answer.assignment === card.dataset.assignment);
      const answer = of[of.length - 1];
      ways.hidden = Boolean(answer && !answer.refused);
      tell(place, answer, answer ? words(answer) : '');
    }
    tellOfGone(waiting.filter(answer => !shown.has(answer.assignment)));
  };

  // The page as it is now, without what is around it moving.
  const renew = async () => {
    const response = await fetch(location.href, { headers: { accept: 'text/html' } }).catch(() => null);
    if (!response || !response.ok || response.redirected) return;
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
    const main = fresh.querySelector('main');
    if (!main) return;
    const focused = document.activeElement && document.activeElement.closest('[data-assignment]');
    document.querySelector('main').replaceWith(main);
    delete document.documentElement.dataset.offline;
    const again = focused && main.querySelector(`[data-assignment="${focused.dataset.assignment}"]`);
    if (again) {
      again.tabIndex = -1;
      again.focus({ preventScroll: true });
    }
    await show();
    await keep();
  };

  const send = async hurry => {
    const sent = await answers.send(hurry);
    if (sent > 0) await renew();
    await show();
  };

  // The night and the venue of a card, as they are read.
  const about = card => {
    const night = card.closest('.night').querySelector('h2').firstChild.textContent.trim();
    return `${night}${say('، ', ', ')}${card.querySelector('h3').textContent}`;
  };

  const answer = async (verb, path, card) => {
    const { assignment } = card.dataset;
    const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
    const delay = verb === 'accept' ? 0 : UNDO;
    // Whoever changes their mind before it was said says only the last.
    for (const earlier of await answers.all()) {
      if (earlier.assignment === assignment) await answers.remove(earlier.n);
    }
    await answers.put({ verb, path, assignment, about: about(card), key, fields: {}, from: Date.now() + delay });
    await show();
    if (delay) setTimeout(() => send(false), delay + 50);
    const registration = navigator.serviceWorker && (await navigator.serviceWorker.getRegistration());
    // Where the browser can, it sends them even when the page is closed.
    if (registration && registration.sync) await registration.sync.register('answers').catch(() => {});
    await send(false);
  };

  const intercept = (event, element) => {
    const card = element.closest('[data-assignment]');
    if (!card || !window.indexedDB) return;
    event.preventDefault();
    const verb = element.dataset.answer;
    const path = `/me/assignments/${card.dataset.assignment}/${verb}`;
    answer(verb, path, card).catch(() => location.assign(element.href || location.href));
  };

  document.addEventListener('submit', event => {
    const form = event.target;
    if (form.matches('[data-answer]')) intercept(event, form);
    if (form.matches('[data-sign-out]') && window.caches) caches.delete('nights');
    // What is kept of the pass is in the language that was.
    if (form.matches('[action="/settings"]') && window.caches) caches.open('nights').then(kept => kept.delete('/me/pass', { ignoreSearch: true }));
  });
  document.addEventListener('click', event => {
    const link = event.target.closest('a[data-answer]');
    if (link) intercept(event, link);
  });

  const keepPage = async path => {
    const response = await fetch(path, { headers: { accept: 'text/html' } }).catch(() => null);
    if (response && response.ok && !response.redirected) await (await caches.open('nights')).put(path, response);
  };

  // Keeps one's nights, or one's pass, as they are now, for when there is no network.
  const keep = async () => {
    if (!['/me', '/me/pass'].includes(location.pathname) || !navigator.serviceWorker || !window.caches) return;
    await keepPage(location.pathname + location.search);
  };

  // Keeps the pass of whoever looks at their nights, so that it opens at the gate even if they never did. Once a day is enough.
  const keepPass = async () => {
    if (location.pathname !== '/me' || !document.querySelector('.menu') || !window.caches || !navigator.onLine) return;
    const path = `/me/pass${location.search}`;
    const kept = await caches.match(path);
    if (kept && Date.parse(kept.headers.get('date')) > Date.now() - 24 * 3600 * 1000) return;
    await keepPage(path);
  };

  // Copies what a field holds, where the browser lets a script do so.
  const offerCopies = () => {
    for (const button of document.querySelectorAll('[data-copy]')) {
      button.hidden = !navigator.clipboard;
      button.addEventListener('click', async () => {
        const field = document.getElementById(button.dataset.copy);
        field.select();
        await navigator.clipboard.writeText(field.value);
        button.textContent = say('رونوشت برداشته شد', 'Copied');
      });
    }
  };

  // Makes the page anew when something happened. Much at once is one thing.
  const follow = () => {
    const place = document.querySelector('[data-follow]');
    if (!place || !window.EventSource) return;
    document.documentElement.classList.add('scripted');
    let soon = 0;
    const source = new EventSource(place.dataset.follow);
    for (const kind of place.dataset.kinds.split(' ')) {
      source.addEventListener(kind, () => {
        clearTimeout(soon);
        soon = setTimeout(renew, 300);
      });
    }
    addEventListener('pagehide', () => source.close());
  };

  const begin = async () => {
    follow();
    offerCopies();
    if (navigator.serviceWorker) {
      await navigator.serviceWorker.register('/worker.js').catch(() => {});
      if (location.pathname === '/sign-in' && window.caches) await caches.delete('nights');
      if (!navigator.serviceWorker.controller && !('offline' in document.documentElement.dataset)) await keep();
      addEventListener('load', () => setTimeout(keepPass, 1000));
      if (document.readyState === 'complete') setTimeout(keepPass, 1000);
    }
    if (!window.indexedDB) return;
    await show();
    await send(false);
    addEventListener('online', () => send(false));
    // Whoever leaves the page has made up their mind.
    document.addEventListener('visibilitychange', () => send(document.visibilityState === 'hidden'));
    setInterval(async () => (await answers.all()).some(one => !one.refused) && send(false), RETRY);
    if (navigator.serviceWorker) navigator.serviceWorker.addEventListener('message', renew);
  };
  begin();
})();
