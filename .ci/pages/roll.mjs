// The roll, called by two phones that lose the network; and the wall.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { DESKTOP, PHONE, inspect, signInByPassword, signInByPhone, somebody } from './browser.mjs';
import { publish } from './service.mjs';

const HOUR = 3600 * 1000;
const PERSIAN = '۰۱۲۳۴۵۶۷۸۹';
const PEOPLE = [
  ['ziba', 'زیبا توکلی', 'Ziba Tavakkoli', '09137000001', 3],
  ['elham', 'الهام ابراهیمی', 'Elham Ebrahimi', '09137000002', 1],
  ['fatemeh', 'فاطمه سادات میرمحمدصادقی', 'Fatemeh-Sadat Mirmohammad-Sadeghi', '09137000003', 1],
  ['hamideh', 'حمیده آقایی', 'Hamideh Aghaei', '09137000004', 1],
  ['parvin', 'پروین اعتصامی', 'Parvin Etesami', '09137000005', 1],
  ['soraya', 'ثریا قاسمی', 'Soraya Ghasemi', '09137000006', 1],
];

// A festival whose night is tonight, with a shift that begins in an hour, and its published roster.
export async function tonight(service, password) {
  const now = Date.now();
  // Its nights last until six in the morning, in Tehran.
  const night = new Date(now - 2.5 * HOUR).toISOString().slice(0, 10);
  const hour = hours => `${new Date(now + hours * HOUR).toISOString().slice(0, 16)}:00Z`;
  const { id } = await service.ask('POST', '/v1/festivals', { name: { fa: 'شب نقش جهان', en: 'Night of Naqsh-e Jahan' }, nights: [night] });
  const path = `/v1/festivals/${id}`;
  const create = async (list, body) => (await service.ask('POST', `${path}/${list}`, body)).id;
  const district = await create('districts', { code: 'd1', name: { fa: 'منطقهٔ ۳', en: 'District 3' }, priority: 5 });
  const tea = await create('specialties', { code: 'tea', name: { fa: 'پذیرایی و چای', en: 'Hospitality' } });
  const aid = await create('specialties', { code: 'aid', name: { fa: 'امداد', en: 'First aid' } });
  const square = await create('venues', { code: 'square', name: { fa: 'میدان نقش جهان', en: 'Naqsh-e Jahan Square' }, district_id: district });
  const bazaar = await create('venues', { code: 'bazaar', name: { fa: 'بازار قیصریه', en: 'Qeysarie Bazaar' }, district_id: district });
  const shift = await create('shifts', { code: 'square', venue_id: square, night: 0, starts_at: hour(1), ends_at: hour(4) });
  const other = await create('shifts', { code: 'bazaar', venue_id: bazaar, night: 0, starts_at: hour(1), ends_at: hour(4) });
  const position = (code, shift_id, specialty_id, min_level, minimum, desired) => create('positions', { code, shift_id, specialty_id, min_level, minimum, desired });
  await position('lead', shift, tea, 3, 1, 1);
  await position('team', shift, tea, 1, 5, 6);
  await position('bazaar', other, aid, 1, 1, 2);
  for (const [code, fa, en, phone, level] of PEOPLE) {
    await create('volunteers', { code, name: { fa, en }, phone, gender: 'woman', home_district_id: district, skills: [{ specialty_id: tea, level, confirmed: true }] });
  }
  const member = (username, name, role) => service.ask('POST', `${path}/members`, { username, name, password, ...role });
  await member('caller', 'بهاره منصوری', { role: 'venue_lead', venue_id: square });
  await member('roller', 'کاوه دهقان', { role: 'coordinator', district_ids: [district] });
  await publish(service, path, 1);
  return { id, path, shift, roll: `/desk/roll?festival=${id}&shift=${shift}` };
}

// Opens the form of a wall and gives the path it makes.
export async function wall(organizer, service, festival) {
  await organizer.goto(`${service.at}/admin/${festival}/walls`);
  await Promise.all([organizer.waitForNavigation(), organizer.$eval(`form[action*="/walls?once"] button`, button => button.click())]);
  return new URL(await organizer.$eval('#address', field => field.value)).pathname;
}

export async function rolls({ test, service, browser, password }) {
  const there = await tonight(service, password);
  const [lead, desk] = await Promise.all([1, 2].map(() => somebody(browser)));
  const text = page => page.$eval('main', main => main.innerText);
  const shows = (page, wanted) => page.waitForFunction(wanted => document.querySelector('main')?.innerText.includes(wanted), { timeout: 30000 }, wanted);
  const follow = (page, selector) => Promise.all([page.waitForNavigation(), page.$eval(selector, link => link.click())]);
  const states = page => page.$$eval('.person', all => Object.fromEntries(all.map(one => [one.querySelector('.name').textContent, one.dataset.state])));
  const named = code => PEOPLE.find(person => person[0] === code)[1];
  const of = wanted => Object.fromEntries(Object.entries(wanted).map(([code, state]) => [named(code), state]));
  const tap = async (page, code, selector) => {
    const person = await page.evaluateHandle(name => [...document.querySelectorAll('.person')].find(one => one.querySelector('.name').textContent === name), named(code));
    const button = await person.asElement().$(selector);
    await button.evaluate(one => one.scrollIntoView({ block: 'center' }));
    await button.tap();
  };
  const say = async (page, code, kind, state) => {
    await tap(page, code, `[value=${kind}]`);
    await stands(page, code, state);
  };
  const stands = (page, code, state) => page.waitForFunction(
    (name, state) => [...document.querySelectorAll('.person')].some(one => one.querySelector('.name').textContent === name && one.dataset.state === state),
    { timeout: 30000 }, named(code), state,
  );
  const roll = () => service.ask('GET', `${there.path}/shifts/${there.shift}/roll`);
  const inApi = async () => {
    const words = { checked_in: 'here', completed: 'gone', no_show: 'absent', excused: 'excused', offered: 'missing', accepted: 'missing' };
    const codes = Object.fromEntries(PEOPLE.map(([code, , en]) => [en, code]));
    return of(Object.fromEntries((await roll()).people.map(({ name, state }) => [codes[name], words[state]])));
  };
  const isKept = page => page.waitForFunction(async path => navigator.serviceWorker.controller && (await caches.match(path)), { timeout: 30000 }, there.roll);
  const waiting = page => page.evaluate(async () => (await answers.all()).filter(answers.isWaiting).length);
  const allSent = page => page.waitForFunction(async () => !(await answers.all()).some(answers.isWaiting), { timeout: 30000 });
  const count = (page, which) => page.$eval(`[data-count=${which}]`, one => one.textContent);

  await test('a venue lead and a coordinator come to the same roll, and what one taps the other sees', async () => {
    await signInByPassword(lead, service, 'caller', password);
    await shows(lead, 'میدان نقش جهان');
    assert.doesNotMatch(await text(lead), /بازار قیصریه/);
    await follow(lead, 'a[href^="/desk/roll?"]');
    await signInByPassword(desk, service, 'roller', password);
    await shows(desk, 'بازار قیصریه');
    await desk.waitForFunction(path => caches.match(path), { timeout: 30000 }, there.roll);
    await follow(desk, `a[href="${there.roll}"]`);
    assert.deepEqual(await states(lead), of({ ziba: 'missing', elham: 'missing', fatemeh: 'missing', hamideh: 'missing', parvin: 'missing', soraya: 'missing' }));
    assert.match(await text(lead), /زیبا توکلی\s*سرگروه/);
    await say(lead, 'ziba', 'check_in', 'here');
    await stands(desk, 'ziba', 'here');
    assert.equal(await count(desk, 'here'), '۱');
  });

  await test('one finds somebody by a part of the name as one types it', async () => {
    await desk.type('#q', 'ميرمحمد');
    await desk.waitForFunction(() => [...document.querySelectorAll('.person')].filter(one => one.checkVisibility()).length === 1);
    assert.equal(await count(desk, 'expected'), '۶', 'who is expected does not depend on who is looked for');
    await desk.$eval('#q', field => { field.value = ''; field.dispatchEvent(new Event('input')); });
  });

  const codes = Object.fromEntries((await roll()).people.map(person => [person.name, person.pass_code]));
  await test('two phones without a network tell of the same night, and come to the same roll as the database', async () => {
    for (const page of [lead, desk]) {
      await page.reload();
      await isKept(page);
    }
    await service.stop();
    await Promise.all([lead, desk].map(page => page.setOfflineMode(true)));

    await say(lead, 'elham', 'check_in', 'here');
    await say(lead, 'hamideh', 'absent', 'absent');
    const said = codes['Parvin Etesami'].replace(/\d/g, digit => PERSIAN[digit]);
    await lead.type('#code', said);
    await lead.$eval('#code', field => field.form.requestSubmit());
    await shows(lead, 'پروین اعتصامی حاضر شد.');
    await stands(lead, 'parvin', 'here');
    await lead.type('#code', '۱۲');
    await lead.$eval('#code', field => field.form.requestSubmit());
    await shows(lead, 'هیچ‌کس در این فهرست این کد را ندارد');

    await say(desk, 'fatemeh', 'check_in', 'here');
    // She came after all, and was seen by whom the other phone had not told yet.
    await say(desk, 'hamideh', 'check_in', 'here');
    await say(desk, 'soraya', 'excused', 'excused');
    await tap(desk, 'soraya', '[name=undoes]');
    await stands(desk, 'soraya', 'missing');
    // What the API knows already can be taken back here too.
    await say(desk, 'ziba', 'check_out', 'gone');

    const [ofLead, ofDesk] = [
      of({ ziba: 'here', elham: 'here', fatemeh: 'missing', hamideh: 'absent', parvin: 'here', soraya: 'missing' }),
      of({ ziba: 'gone', elham: 'missing', fatemeh: 'here', hamideh: 'here', parvin: 'missing', soraya: 'missing' }),
    ];
    for (const [page, mine, kept] of [[lead, ofLead, 3], [desk, ofDesk, 5]]) {
      assert.deepEqual(await states(page), mine);
      await page.reload();
      await shows(page, 'شبکه در دسترس نیست');
      await shows(page, 'فرستاده نشده');
      assert.deepEqual(await states(page), mine, 'what was tapped outlives the page');
      assert.equal(await waiting(page), kept);
      await shows(page, 'ثبت در گوشی مانده است');
    }

    // From a page that is not kept one comes back to the roll that is.
    await desk.goto(`${service.at}/desk/coverage`);
    await desk.waitForSelector(`[data-kept] a[href="${there.roll}"]`);
    assert.match(await text(desk), /حضور و غیاب میدان نقش جهان/);
    await follow(desk, `[data-kept] a[href="${there.roll}"]`);
    await stands(desk, 'fatemeh', 'here');

    await service.start();
    for (const page of [lead, desk]) {
      await page.setOfflineMode(false);
      await page.evaluate(() => dispatchEvent(new Event('online')));
      await allSent(page);
    }
    const merged = of({ ziba: 'gone', elham: 'here', fatemeh: 'here', hamideh: 'here', parvin: 'here', soraya: 'missing' });
    for (const page of [lead, desk]) {
      for (const [code] of PEOPLE) await stands(page, code, merged[named(code)]);
      await page.waitForFunction(() => !document.querySelector('main').innerText.includes('فرستاده نشده') && !('offline' in document.documentElement.dataset), { timeout: 30000 });
      assert.equal(await count(page, 'here'), '۴');
      assert.deepEqual(page.errors.filter(error => !/ERR_|EventSource/.test(error)), []);
    }
    assert.deepEqual(await inApi(), merged);
    for (const page of [lead, desk]) {
      await page.reload();
      assert.deepEqual(await states(page), merged);
      await page.waitForFunction(async () => (await answers.all()).length === 0, { timeout: 30000 });
    }
  });

  await test('what is refused says why beside whom it was told of, until it was read', async () => {
    await lead.setOfflineMode(true);
    await say(lead, 'soraya', 'check_in', 'here');
    await say(lead, 'fatemeh', 'check_out', 'gone');
    await lead.evaluate(async () => {
      // As if the clock of the phone were wrong.
      const [last] = (await answers.all()).slice(-1);
      await answers.put({ ...last, event: { ...last.event, at: new Date(Date.now() + 24 * 3600 * 1000).toISOString() } });
    });
    const soraya = (await roll()).people.find(person => person.name === 'Soraya Ghasemi');
    await service.ask('DELETE', `${there.path}/assignments/${soraya.assignment_id}`);
    await lead.setOfflineMode(false);
    await lead.evaluate(() => dispatchEvent(new Event('online')));
    await shows(lead, 'ساعت گوشی را درست کنید');
    await shows(lead, 'ثریا قاسمی: برنامه دیگر در این شیفت روی او حساب نمی‌کند');
    await stands(lead, 'fatemeh', 'here');
    await lead.reload();
    await shows(lead, 'ساعت گوشی را درست کنید');
    for (let left = 2; left > 0; left -= 1) {
      const shown = await lead.$$('.sending button');
      assert.equal(shown.length, left);
      await shown[0].evaluate(button => button.click());
      await lead.waitForFunction(left => document.querySelectorAll('.sending button').length === left - 1, {}, left);
    }
    assert.equal((await lead.evaluate(() => answers.all())).length, 0);
  });

  await test('the camera reads a pass without a network, and no pass that the festival did not sign', async () => {
    const elham = await somebody(browser);
    await signInByPhone(elham, service, PEOPLE[1][3]);
    const access = (await elham.browserContext().cookies()).find(cookie => cookie.name === 'access').value;
    const { token } = await service.ask('GET', `/v1/me/pass?festival_id=${there.id}`, null, access);
    await elham.browserContext().close();
    await say(lead, 'elham', 'check_out', 'gone');
    await allSent(lead);
    assert.equal(await lead.$eval('[data-scan]', button => button.hidden), true, 'this browser reads no QR codes');
    await lead.evaluateOnNewDocument(() => {
      window.BarcodeDetector = class {
        static async getSupportedFormats() { return ['qr_code']; }
        async detect() { return window.held ? [{ rawValue: window.held }] : []; }
      };
      navigator.mediaDevices.getUserMedia = async () => Object.assign(document.createElement('canvas'), { width: 320, height: 240 }).captureStream();
    });
    await lead.reload();
    await lead.waitForSelector('[data-scan]:not([hidden])');
    await isKept(lead);
    await lead.setOfflineMode(true);
    await lead.$eval('[data-scan]', button => button.click());
    await lead.waitForSelector('[data-scanning]:not([hidden])');
    const forged = token.replace(/.{8}$/, 'AAAAAAAA');
    await lead.evaluate(held => { window.held = held; }, forged);
    await shows(lead, 'امضای این کارت درست نیست');
    await lead.evaluate(() => { window.held = 'https://example.org/'; });
    await shows(lead, 'این کارت خادمیاری نیست');
    await lead.evaluate(held => { window.held = held; }, token);
    await shows(lead, 'الهام ابراهیمی حاضر شد.');
    await stands(lead, 'elham', 'here');
    await lead.$eval('[data-scanning] button', button => button.click());
    assert.equal(await lead.$eval('[data-scanning]', place => place.hidden), true);
    await lead.setOfflineMode(false);
    await lead.evaluate(() => dispatchEvent(new Event('online')));
    await allSent(lead);
    assert.equal((await inApi())[named('elham')], 'here', 'the API knows the pass too');
  });

  await test('a wall shows the figures to a screen that nobody is signed in on, until it is switched off', async () => {
    const organizer = await somebody(browser);
    await signInByPassword(organizer, service, 'organizer', password);
    const address = await wall(organizer, service, there.id);
    const screen = await somebody(browser, DESKTOP);
    await screen.goto(service.at + address);
    await shows(screen, 'میدان نقش جهان');
    assert.match(await text(screen), /۴\s*حاضر/);
    assert.doesNotMatch(await text(screen), /الهام|زیبا/);
    const found = [];
    const look = async (page, where) => {
      await page.goto(service.at + where);
      await inspect(page, where.slice(0, 60), found);
    };
    await look(screen, address);
    await screen.setViewport(PHONE);
    await look(screen, address);
    await look(organizer, `/admin/${there.id}/walls`);
    await Promise.all([organizer.waitForNavigation(), organizer.$eval('form[action$="/remove"] button', button => button.click())]);
    await look(screen, address);
    await shows(screen, 'switched off');
    assert.equal(found.length, 0, [...new Set(found)].join('\n'));
  });

  await test('no page of the roll has a fault, in both languages and themes', async () => {
    const found = [];
    const looked = [
      [lead, ['/desk/rolls', there.roll]],
      [desk, ['/desk', `/desk/rolls?festival=${there.id}`, there.roll, `/desk/roll/walk-in?festival=${there.id}&shift=${there.shift}`]],
    ];
    for (const [who, paths] of looked) {
      await who.setViewport({ ...PHONE, width: who === lead ? 320 : 360 });
      for (const where of paths) {
        await who.goto(service.at + where);
        await inspect(who, where, found);
      }
    }
    assert.equal(found.length, 0, [...new Set(found)].join('\n'));
  });

  await test('whoever signs out leaves no roll on the phone, and is asked before anything is lost', async () => {
    await lead.browserContext().setCookie({ name: 'language', value: 'fa', domain: '127.0.0.1', path: '/' });
    await lead.goto(service.at + there.roll);
    await lead.setOfflineMode(true);
    await tap(lead, 'elham', '[value=check_out]');
    await stands(lead, 'elham', 'gone');
    const asked = [];
    let sure = false;
    lead.on('dialog', async dialog => {
      asked.push(dialog.message());
      await (sure ? dialog.accept() : dialog.dismiss());
    });
    await lead.$eval('[data-sign-out] button', button => button.click());
    await wait(500);
    assert.equal(asked.length, 1);
    assert.equal(await waiting(lead), 1);
    await lead.setOfflineMode(false);
    await lead.evaluate(() => dispatchEvent(new Event('online')));
    await allSent(lead);
    sure = true;
    await Promise.all([lead.waitForNavigation(), lead.$eval('[data-sign-out] button', button => button.click())]);
    assert.equal(asked.length, 1, 'there is nothing to lose any more');
    const left = await lead.evaluate(async () => [(await (await caches.open('nights')).keys()).length, (await answers.all()).length]);
    assert.deepEqual(left, [0, 0]);
  });
}
