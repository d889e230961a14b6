// The roll where there is no network: what is tapped is kept on the phone with what the roll said when it was last read, and
// shown as if it counted already; passes are read by the camera and checked by the festival's public key.
'use strict';

(() => {
  const place = document.querySelector('[data-roll]');
  if (!place || !window.indexedDB) return;
  const { say, show, sendSoon, hooks } = page;
  const { by, festival, timezone, roll: shift } = place.dataset;
  const path = `/desk/roll/events?festival=${festival}`;
  // For how long one need not be told that something was not sent yet.
  const QUICK = 3000;
  // How often the camera looks, and for how long it does not see the same pass again.
  const LOOK = 250;
  const SEEN = 4000;
  const STANDS = { check_in: 'here', present: 'here', check_out: 'gone', partial: 'gone', absent: 'absent', excused: 'excused' };
  const clock = new Intl.DateTimeFormat(say('fa-IR-u-nu-arabext', 'en-GB'), { timeZone: timezone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

  const people = () => [...document.querySelectorAll('.person')];
  const nameOf = person => person.querySelector('.name').textContent;

  // Letters and digits only, as people take them for the same.
  const key = text => text.normalize('NFKD').replace(/[^\p{L}\p{N}]/gu, '').toLowerCase().replace(/[يى]/g, 'ی').replace(/ك/g, 'ک').replace(/ة/g, 'ه');
  const digits = text => text.normalize('NFKC').replace(/[۰-۹]/g, digit => '۰۱۲۳۴۵۶۷۸۹'.indexOf(digit)).replace(/[٠-٩]/g, digit => '٠١٢٣٤٥٦٧٨٩'.indexOf(digit)).replace(/\D/g, '');

  const uuid = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  };

  // What stands of everything that was told of somebody, in order; as the API counts it.
  const standing = (person, kept) => {
    const told = new Map(JSON.parse(person.dataset.events).map(event => [event.id, event]));
    for (const { event } of kept) told.set(event.id, event);
    const undone = new Set([...told.values()].map(event => event.undoes_id));
    const stands = [...told.values()].filter(event => event.kind !== 'undo' && !undone.has(event.id));
    return stands.sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || (a.id < b.id ? -1 : 1));
  };

  // How somebody stands by that, and since when.
  const stand = events => {
    let [state, came, left] = ['missing', null, null];
    for (const event of events) {
      state = STANDS[event.kind];
      if (state === 'absent' || state === 'excused') [came, left] = [null, null];
      else if (event.kind === 'check_in') [came, left] = [came || event.at, null];
      else if (event.kind === 'check_out') left = left || event.at;
    }
    const time = at => clock.format(new Date(at));
    const words = {
      missing: say('هنوز نیامده', 'Not here yet'),
      here: came ? say(`حاضر از ${time(came)}`, `Here since ${time(came)}`) : say('حاضر', 'Here'),
      gone: left ? say(`رفت، ${time(left)}`, `Left at ${time(left)}`) : say('رفت', 'Left'),
      absent: say('نیامد', 'Did not come'),
      excused: say('نیامد، با عذر', 'Did not come, excused'),
    };
    return { state, words: words[state] };
  };

  const keptOf = (person, all) => all.filter(one => one.event && !one.refused && one.event.assignment_id === person.dataset.assignment);

  // What was refused is told beside whom it was told of, until it was read.
  const tellRefused = (sending, refused) => {
    const ids = refused.map(one => one.n).join();
    if ((sending.dataset.shown || '') === ids) return;
    sending.dataset.shown = ids;
    sending.classList.toggle('note', refused.length > 0);
    sending.classList.toggle('fault', refused.length > 0);
    sending.replaceChildren(...refused.flatMap(one => {
      const told = document.createElement('span');
      told.textContent = sending.matches('[data-elsewhere]') ? `${one.about || say('کسی', 'Somebody')}: ${one.refused}` : one.refused;
      const read = document.createElement('button');
      read.type = 'button';
      read.className = 'button';
      read.textContent = say('باشد', 'All right');
      read.addEventListener('click', async () => {
        await answers.remove(one.n);
        await show();
      });
      return [told, read];
    }));
  };

  const showPerson = (person, all) => {
    const kept = keptOf(person, all);
    const events = standing(person, kept);
    const { state, words } = stand(events);
    person.dataset.state = state;
    const waits = kept.some(answers.isWaiting);
    person.querySelector('.stands').textContent = waits ? `${words}${say('؛ فرستاده نشده', '; not sent yet')}` : words;
    person.classList.toggle('waits', waits);
    for (const button of person.querySelectorAll('.taps button')) button.setAttribute('aria-pressed', String(STANDS[button.value] === state));
    const undo = person.querySelector('[name=undoes]');
    const last = events[events.length - 1];
    undo.hidden = !last;
    undo.value = last ? last.id : '';
  };

  // Shows the roll as it was read, with what this phone told since.
  hooks.push(async (all, asked) => {
    const mine = [];
    for (const one of all.filter(one => one.event && one.shift === shift)) {
      // What the roll knows by now, and what somebody else told who was signed in here, is kept no longer.
      if (one.sent < asked || one.by !== by) await answers.remove(one.n);
      else mine.push(one);
    }
    const shown = people();
    const refused = mine.filter(one => one.refused);
    for (const person of shown) {
      showPerson(person, mine);
      tellRefused(person.querySelector('.sending'), refused.filter(one => one.event.assignment_id === person.dataset.assignment));
    }
    const here = new Set(shown.map(person => person.dataset.assignment));
    tellRefused(document.querySelector('[data-elsewhere]'), refused.filter(one => !here.has(one.event.assignment_id)));
    for (const count of document.querySelectorAll('[data-count]')) {
      const { length } = shown.filter(person => count.dataset.count === 'expected' || person.dataset.state === count.dataset.count);
      count.textContent = length.toLocaleString(say('fa', 'en'));
    }
    const late = mine.filter(one => answers.isWaiting(one) && one.tapped < Date.now() - QUICK).length;
    const unsent = document.querySelector('[data-unsent]');
    unsent.hidden = late === 0;
    const words = say(`${late.toLocaleString('fa')} ثبت در گوشی مانده است و با نخستین شبکه فرستاده می‌شود.`, `${late} kept on this phone, and sent as soon as there is a network.`);
    if (late > 0 && unsent.textContent !== words) unsent.textContent = words;
    find();
  });

  const tell = async (person, kind, more) => {
    const events = standing(person, keptOf(person, await answers.all()));
    const last = events[events.length - 1];
    // It was said after what one saw, whatever the clocks of other phones say.
    const at = new Date(Math.max(Date.now(), last ? Date.parse(last.at) + 1 : 0)).toISOString();
    const event = { id: uuid(), assignment_id: person.dataset.assignment, kind, at, ...more };
    await answers.put({ path, event, by, shift, about: nameOf(person), tapped: Date.now(), from: 0 });
    await show();
    setTimeout(show, QUICK + 100);
    sendSoon().catch(() => {});
  };

  // One tap after the other: each follows from what was told before.
  let under = Promise.resolve();
  const tap = (person, kind, more) => (under = under.catch(() => {}).then(() => tell(person, kind, more)));

  const heard = document.querySelector('[data-heard]');
  const hear = (text, isFault) => {
    heard.textContent = text;
    heard.classList.toggle('fault', isFault);
    heard.classList.toggle('done', !isFault);
  };

  const welcome = async (person, shown) => {
    const name = nameOf(person);
    if (person.dataset.state === 'here') return hear(say(`${name} پیش‌تر حاضر شده است.`, `${name} is here already.`), false);
    await tap(person, 'check_in', shown);
    if (navigator.vibrate) navigator.vibrate(80);
    return hear(say(`${name} حاضر شد.`, `${name} is here.`), false);
  };

  document.addEventListener('submit', event => {
    const form = event.target;
    const person = form.closest('.person');
    if (person) {
      event.preventDefault();
      const { name, value } = event.submitter;
      if (name === 'undoes') tap(person, 'undo', { undoes_id: value });
      else if (STANDS[value] !== person.dataset.state) tap(person, value, {});
    } else if (form.matches('[data-code]')) {
      event.preventDefault();
      const field = form.elements.code;
      const code = digits(field.value);
      const theirs = people().filter(one => one.dataset.code === code);
      if (theirs.length === 1) {
        welcome(theirs[0], { code });
        field.value = '';
      } else if (theirs.length > 1) hear(say('این کد از آنِ دو نفر است: با نام ثبت کنید.', 'Two people have this code: tap their name.'), true);
      else hear(say('هیچ‌کس در این فهرست این کد را ندارد. دوباره بپرسید.', 'Nobody on this roll has this code. Ask again.'), true);
    } else if (form.matches('[data-find]')) event.preventDefault();
  });

  const field = document.querySelector('[data-find] [name=q]');
  const find = () => {
    const wanted = key(field.value);
    for (const person of people()) person.hidden = !key(nameOf(person)).includes(wanted);
  };
  field.addEventListener('input', find);
  document.querySelector('[data-find] button').hidden = true;

  const read = part => JSON.parse(new TextDecoder().decode(bytes(part)));
  const bytes = part => Uint8Array.from(atob(part.replace(/-/g, '+').replace(/_/g, '/')), letter => letter.charCodeAt(0));

  // Whether the festival signed it; not known where the browser cannot tell: then the API does.
  const isSigned = async token => {
    const [head, body, signature] = token.split('.');
    const { kty, crv, x } = JSON.parse(place.dataset.key);
    let publicKey;
    try {
      publicKey = await crypto.subtle.importKey('jwk', { kty, crv, x }, { name: 'Ed25519' }, false, ['verify']);
    } catch {
      return null;
    }
    return crypto.subtle.verify({ name: 'Ed25519' }, publicKey, bytes(signature), new TextEncoder().encode(`${head}.${body}`));
  };

  // Who shows this pass; a fault where it is none.
  const bearer = async token => {
    try {
      const [head, body] = token.split('.');
      const [{ typ, alg }, { aud, sub, exp }] = [read(head), read(body)];
      if (typ !== 'khademyar-pass+jwt' || alg !== 'EdDSA' || aud !== festival) return { fault: say('این کارت این رویداد نیست.', 'It is no pass of this festival.') };
      if (exp * 1000 <= Date.now()) return { fault: say('زمان این کارت گذشته است.', 'The pass has run out.') };
      if ((await isSigned(token)) === false) return { fault: say('امضای این کارت درست نیست.', 'The pass is not signed by the festival.') };
      const person = people().find(one => one.dataset.volunteer === sub);
      return person ? { person } : { fault: say('کارت درست است، ولی در این شیفت از او خواسته نشده است.', 'The pass is good, but they are not expected in this shift.') };
    } catch {
      return { fault: say('این کارت خادمیاری نیست.', 'It is no pass.') };
    }
  };

  const take = async token => {
    const { person, fault } = await bearer(token);
    if (fault) hear(fault, true);
    else await welcome(person, { pass: token });
  };

  const scanning = document.querySelector('[data-scanning]');
  const video = scanning.querySelector('video');
  let looking = 0;
  const close = () => {
    clearTimeout(looking);
    looking = 0;
    if (video.srcObject) for (const track of video.srcObject.getTracks()) track.stop();
    video.srcObject = null;
    scanning.hidden = true;
  };
  const scan = async () => {
    const detector = new BarcodeDetector({ formats: ['qr_code'] });
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    } catch {
      hear(say('دوربین در دسترس نیست. اجازهٔ آن را بدهید یا کد را بنویسید.', 'The camera cannot be used: allow it, or type the code.'), true);
      return;
    }
    scanning.hidden = false;
    // Until it shows something, nothing is found in it.
    video.play().catch(() => {});
    const seen = new Map();
    const look = async () => {
      const [found] = await detector.detect(video).catch(() => []);
      if (!looking) return;
      if (found && !(seen.get(found.rawValue) > Date.now() - SEEN)) {
        seen.set(found.rawValue, Date.now());
        await take(found.rawValue);
      }
      if (looking) looking = setTimeout(look, LOOK);
    };
    looking = setTimeout(look, 0);
  };
  const offerScan = async () => {
    if (!('BarcodeDetector' in window) || !navigator.mediaDevices) return;
    if (!(await BarcodeDetector.getSupportedFormats()).includes('qr_code')) return;
    const open = document.querySelector('[data-scan]');
    open.hidden = false;
    open.addEventListener('click', () => (looking ? close() : scan()));
    scanning.querySelector('button').addEventListener('click', close);
    addEventListener('pagehide', close);
  };

  offerScan().catch(() => {});
  show();
})();
