// What makes the pages quicker, and lets answers be given without a network. Each page does all it must without this.
'use strict';

const page = (() => {
  const persian = document.documentElement.lang === 'fa';
  const say = (fa, en) => (persian ? fa : en);
  // For how long an answer that others hear of can be taken back.
  const UNDO = 6000;
  const RETRY = 10000;
  // What is kept of each, for when there is no network.
  const KEPT = ['/me', '/me/pass', '/desk/rolls', '/desk/roll'];
  // How many rolls are kept that nobody has looked at.
  const ROLLS = 12;
  const MINUTE = 60 * 1000;
  const { dataset } = document.documentElement;
  // What else is shown with what waits to be sent.
  const hooks = [];
  // When what is shown was asked for; what the phone had kept is as old as can be.
  let asked = 'offline' in dataset ? 0 : performance.timeOrigin;

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
    const all = await answers.all();
    const waiting = all.filter(one => !one.event);
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
    for (const hook of hooks) await hook(all, asked);
  };

  // The parts of a page that change, where it says which; else all of it.
  const parts = html => {
    const live = [...html.querySelectorAll('[data-live]')];
    return live.length > 0 ? live : [...html.querySelectorAll('main')];
  };

  // The page as it is now, without what is around it moving. Gives the status; 0 where there is no network.
  const renew = async () => {
    const begun = Date.now();
    const response = await fetch(location.href, { headers: { accept: 'text/html' } }).catch(() => null);
    if (!response || !response.ok || response.redirected) return response ? response.status : 0;
    const copy = response.clone();
    const fresh = parts(new DOMParser().parseFromString(await response.text(), 'text/html'));
    const shown = parts(document);
    if (fresh.length !== shown.length) return response.status;
    const focused = document.activeElement && document.activeElement.closest('[data-assignment]');
    shown.forEach((part, k) => part.replaceWith(fresh[k]));
    delete dataset.offline;
    asked = begun;
    const again = focused && !focused.isConnected && document.querySelector(`[data-assignment="${focused.dataset.assignment}"]`);
    if (again) {
      again.tabIndex = -1;
      again.focus({ preventScroll: true });
    }
    await show();
    await keep(copy);
    return response.status;
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
    await sendSoon();
  };

  // Now if that can be; else when there is a network, where the browser can even when the page is closed.
  const sendSoon = async () => {
    const registration = navigator.serviceWorker && (await navigator.serviceWorker.getRegistration());
    if (registration && registration.sync) await registration.sync.register('answers').catch(() => {});
    await send(false);
  };

  // Whoever signs in next reads nothing of whom the one before them knew. What they told of the roll waits, without names.
  const forgetOthers = async () => {
    if (window.caches) await caches.delete('nights');
    if (!window.indexedDB) return;
    for (const one of await answers.all()) if (one.event) await answers.put({ ...one, about: '' });
  };

  // Nothing that the phone keeps of others stays with whoever signs out; what was not sent is not lost unasked.
  const signOut = async form => {
    const told = window.indexedDB ? (await answers.all()).filter(one => one.event) : [];
    const lost = say('حضور و غیابی که هنوز فرستاده نشده از بین می‌رود. خارج می‌شوید؟', 'What you called of the roll and was not sent yet will be lost. Sign out?');
    if (told.some(answers.isWaiting) && !confirm(lost)) return;
    for (const { n } of told) await answers.remove(n);
    if (window.caches) await caches.delete('nights');
    form.submit();
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
    if (form.matches('[data-sign-out]')) {
      event.preventDefault();
      signOut(form).catch(() => form.submit());
    }
    // What is kept of the pass is in the language that was.
    if (form.matches('[action="/settings"]') && window.caches) caches.open('nights').then(kept => kept.delete('/me/pass', { ignoreSearch: true }));
  });
  // A form that is on its way is not sent again by an impatient thumb.
  window.addEventListener('submit', event => {
    const form = event.target;
    // What opens beside the page does nothing that could be done twice.
    if (event.defaultPrevented || form.method !== 'post' || event.submitter?.formTarget === '_blank') return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
    setTimeout(() => delete form.dataset.sent, 10000);
  });
  window.addEventListener('pageshow', () => document.querySelectorAll('[data-sent]').forEach(form => delete form.dataset.sent));
  document.addEventListener('click', event => {
    const link = event.target.closest('a[data-answer]');
    if (link) intercept(event, link);
  });

  const keepPage = async path => {
    const response = await fetch(path, { headers: { accept: 'text/html' } }).catch(() => null);
    if (response && response.ok && !response.redirected) await (await caches.open('nights')).put(path, response);
  };

  // Keeps one's nights, one's pass or a roll as they are now, for when there is no network; asks for it unless it was just read.
  const keep = async read => {
    if (!KEPT.includes(location.pathname) || !navigator.serviceWorker || !window.caches) return;
    const path = location.pathname + location.search;
    if (read) await (await caches.open('nights')).put(path, read);
    else await keepPage(path);
  };

  // Keeps a page that was not looked at, unless what is kept of it is younger than so much.
  const keepAhead = async (path, age) => {
    const kept = await caches.match(path);
    if (!kept || Date.parse(kept.headers.get('date')) < Date.now() - age) await keepPage(path);
  };

  // What one is going to need at the gate opens there even if one never looked at it: the pass of whoever looks at their
  // nights, and the rolls of tonight.
  const keepMore = async () => {
    if (!window.caches || !navigator.onLine) return;
    if (location.pathname === '/me' && document.querySelector('.menu')) await keepAhead(`/me/pass${location.search}`, 24 * 60 * MINUTE);
    const rolls = [...document.querySelectorAll('a[data-keep]')].slice(0, ROLLS);
    for (const roll of rolls) await keepAhead(roll.getAttribute('href'), 30 * MINUTE);
  };

  // Where there is no network, leads to the rolls that the phone has kept.
  const tellKept = async () => {
    const place = document.querySelector('[data-kept]');
    if (!place || !window.caches) return;
    const nights = await caches.open('nights');
    for (const request of await nights.keys()) {
      const { pathname, search } = new URL(request.url);
      if (!pathname.startsWith('/desk/')) continue;
      const kept = new DOMParser().parseFromString(await (await nights.match(request)).text(), 'text/html');
      const link = document.createElement('a');
      link.href = pathname + search;
      [link.textContent] = kept.title.split(' · ');
      const item = document.createElement('li');
      item.append(link);
      place.append(item);
    }
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
    // The stream begins where the page was read. What the phone had kept is read now, there being a network.
    source.addEventListener('ready', () => 'offline' in dataset && renew());
    for (const kind of place.dataset.kinds.split(' ')) {
      source.addEventListener(kind, () => {
        clearTimeout(soon);
        soon = setTimeout(renew, 300);
      });
    }
    addEventListener('pagehide', () => source.close());
  };

  // Makes the page anew after every so many seconds. What is there no more says so itself.
  const look = () => {
    const place = document.querySelector('[data-renew]');
    if (!place) return;
    document.documentElement.classList.add('scripted');
    setInterval(async () => {
      const status = await renew();
      if (status === 0) dataset.offline = '';
      else if (status < 500 && status !== 200) location.reload();
    }, Number(place.dataset.renew) * 1000);
  };

  const begin = async () => {
    follow();
    look();
    offerCopies();
    tellKept().catch(() => {});
    if (navigator.serviceWorker) {
      await navigator.serviceWorker.register('/worker.js').catch(() => {});
      if (location.pathname === '/sign-in') await forgetOthers();
      if (!navigator.serviceWorker.controller && !('offline' in dataset)) await keep();
      addEventListener('load', () => setTimeout(keepMore, 1000));
      if (document.readyState === 'complete') setTimeout(keepMore, 1000);
    }
    if (!window.indexedDB) return;
    await show();
    await send(false);
    addEventListener('online', () => send(false));
    // Whoever leaves the page has made up their mind.
    document.addEventListener('visibilitychange', () => send(document.visibilityState === 'hidden'));
    setInterval(async () => (await answers.all()).some(answers.isWaiting) && send(false), RETRY);
    if (navigator.serviceWorker) navigator.serviceWorker.addEventListener('message', renew);
  };
  begin();
  return { say, show, sendSoon, hooks };
})();
