// The volunteer's own pages: people for them beside those whose roster is published, and what they do.
import assert from 'node:assert/strict';
import { PHONE, inspect, signInByPhone, somebody } from './browser.mjs';

export const SARA = '09135555555';
export const HODA = '09136666666';
const DAY = 24 * 3600 * 1000;

// Someone who came when the roster was published already: she could take what is left, or cover for others.
export async function latecomer(service, path) {
  const [specialties, districts] = await Promise.all(['specialties', 'districts'].map(list => service.ask('GET', `${path}/${list}`)));
  const skills = specialties.items.map(({ id }) => ({ specialty_id: id, level: 1, confirmed: true }));
  const name = { fa: 'سارا کاظمی', en: 'Sara Kazemi' };
  await service.ask('POST', `${path}/volunteers`, { code: 'sara', name, phone: SARA, gender: 'woman', home_district_id: districts.items[0].id, skills });
}

// A gathering the day after tomorrow, for which somebody prepares already.
export async function gathering(service) {
  const nights = [new Date(Date.now() + 2 * DAY).toISOString().slice(0, 10)];
  const { id } = await service.ask('POST', '/v1/festivals', { name: { fa: 'شب همدلی', en: 'Night of Care' }, nights });
  const path = `/v1/festivals/${id}`;
  const district = await service.ask('POST', `${path}/districts`, { code: 'd1', name: { fa: 'منطقهٔ ۳', en: 'District 3' }, priority: 1 });
  const name = { fa: 'هدی صالحی', en: 'Hoda Salehi' };
  await service.ask('POST', `${path}/volunteers`, { code: 'hoda', name, phone: HODA, gender: 'woman', home_district_id: district.id });
  return path;
}

// Approves what somebody wrote down of their work outside shifts.
export async function approve(service, path) {
  const [told] = (await service.ask('GET', `${path}/worklog`)).items;
  await service.ask('POST', `${path}/worklog/${told.entry.id}/approve`);
}

// The volunteer's own pages, played by people who came later; gives the page of one who is thanked.
export async function ownPages({ test, service, browser, path, NARGES }) {
  const text = page => page.$eval('main', main => main.innerText);
  const shows = (page, wanted) => page.waitForFunction(wanted => document.querySelector('main')?.innerText.includes(wanted), { timeout: 30000 }, wanted);
  const press = (page, selector) => Promise.all([page.waitForNavigation(), page.$eval(selector, button => button.click())]);
  // Where the menu at the bottom does not lie over it.
  const tap = async (page, selector) => {
    await page.$eval(selector, one => one.scrollIntoView({ block: 'center' }));
    await page.tap(selector);
  };
  const open = (page, where) => page.goto(service.at + where);
  const volunteer = async code => (await service.ask('GET', `${path}/volunteers?code=${code}`)).items[0];
  const states = async code => {
    const rows = (await service.ask('GET', `${path}/assignments?limit=100`)).items.filter(row => row.seat.volunteer_code === code);
    return Object.fromEntries(rows.map(row => [row.seat.position_code, row.state]));
  };
  await latecomer(service, path);
  const prepared = await gathering(service);
  const [sara, narges, hoda] = await Promise.all([1, 2, 3].map(() => somebody(browser)));

  await test('a latecomer takes a seat that is empty: she waits, is offered it by itself, and accepts', async () => {
    await signInByPhone(sara, service, SARA);
    await shows(sara, 'هنوز شبی برای شما نوشته نشده است');
    await Promise.all([sara.waitForNavigation(), sara.tap('.menu a[href="/me/shifts"]')]);
    await shows(sara, 'گذر فرهنگی چهارباغ');
    const last = await sara.$$eval('main > .stack form[action$="/wait"]', forms => forms.at(-1).getAttribute('action'));
    await press(sara, `form[action="${last}"] button`);
    await shows(sara, 'ثبت شد. همین که جایی برایتان باشد');
    await shows(sara, 'چشم‌به‌راه پاسخ شماست');
    await open(sara, '/me');
    await tap(sara, '[data-answer=accept] button');
    await sara.waitForSelector('.answer .yes');
    assert.deepEqual(await states('sara'), { 'passage-2-aid': 'accepted' });
  });

  await test('one asks for a cover, another says yes, and both read what came of it', async () => {
    await signInByPhone(narges, service, NARGES);
    await open(narges, '/me/covers');
    const first = await narges.$eval('a[href$="/cover"]', link => link.getAttribute('href'));
    await open(narges, first);
    await press(narges, 'form[action$="/cover"] button');
    await shows(narges, 'شما خواسته‌اید');

    await open(sara, '/me/covers');
    await shows(sara, 'از شما خواسته‌اند');
    await press(sara, '[data-cover] form[action$="/accept"] button');
    await shows(sara, 'پذیرفتید. سپاس از همراهی‌تان!');
    assert.equal((await states('sara'))['garden-0-team'], 'accepted');
    // Narges looked on: it appears by itself.
    await narges.waitForSelector('summary', { timeout: 30000 });
    await narges.$eval('summary', summary => summary.click());
    await shows(narges, 'سارا کاظمی به جای شما می‌آید');
  });

  await test('with the service gone her pass opens, although she never looked at it', async () => {
    await open(sara, '/me');
    await sara.waitForFunction(async () => navigator.serviceWorker.controller && (await caches.match('/me/pass')), { timeout: 30000 });
    await service.stop();
    await open(sara, '/me/pass');
    await shows(sara, 'کارت شما بی شبکه هم معتبر است');
    assert.match(await sara.$eval('.digits', digits => digits.innerText), /^[۰-۹]{3} [۰-۹]{3}$/);
    const drawn = await sara.$eval('.qr svg', svg => svg.getBoundingClientRect().width);
    assert.ok(drawn > 200, `${drawn} px wide`);
    await open(sara, '/me/hours');
    await shows(sara, 'شب‌ها و کارت شما را گوشی نگه داشته است');
    await service.start();
  });

  await test('she says when she can, and not that she cannot while she serves', async () => {
    await open(sara, '/me/profile');
    await tap(sara, 'input[name="night-0"][value=cannot]');
    await press(sara, 'form.stack > button');
    assert.match(await text(sara), /نخست بگویید که نمی‌توانید بیایید/);
    await tap(sara, 'input[name="night-0"][value=gladly]');
    await tap(sara, 'input[name="night-1"][value=cannot]');
    await sara.select('#max_nights', '2');
    await press(sara, 'form.stack > button');
    await shows(sara, 'ذخیره شد');
    const { available, wishes, max_nights: most } = await volunteer('sara');
    assert.deepEqual({ available, wishes, most }, { available: [{ night: 0 }, { night: 2 }], wishes: [{ night: 0, want: 'serve', weight: 1 }], most: 2 });
  });

  await test('what is done outside shifts is written down, approved and thanked for', async () => {
    await signInByPhone(hoda, service, HODA);
    await open(hoda, '/me/hours');
    await hoda.type('#what', 'آذین‌بندی');
    const yesterday = new Date(Date.now() - DAY).toISOString().slice(0, 10);
    await hoda.$eval('#day', (day, yesterday) => { day.value = yesterday; }, yesterday);
    await hoda.$eval('#from', from => { from.value = '16:00'; });
    await hoda.$eval('#until', until => { until.value = '19:30'; });
    await press(hoda, 'form.card button');
    await shows(hoda, 'چشم‌به‌راه تأیید');
    await approve(service, prepared);
    await hoda.reload();
    await shows(hoda, 'تأیید شد');
    assert.match(await hoda.$eval('.big', big => big.innerText), /۳ ساعت و ۳۰ دقیقه/);
    const letter = await open(hoda, '/me/letter');
    assert.equal(letter.status(), 200);
  });

  await test('none of a volunteer’s own pages has a fault, in both languages and themes', async () => {
    const asked = await narges.$eval('a[href$="/cover"]', link => link.getAttribute('href'));
    const found = [];
    const looked = [
      [sara, ['/me', '/me/pass', '/me/shifts', '/me/profile', '/me/messages']],
      [narges, ['/me/covers', asked]],
      [hoda, ['/me/hours']],
    ];
    await Promise.all(looked.map(async ([who, paths]) => {
      await who.setViewport({ ...PHONE, width: 320 });
      for (const where of paths) {
        await open(who, where);
        await inspect(who, where, found);
      }
    }));
    assert.equal(found.length, 0, [...new Set(found)].join('\n'));
  });
  return hoda;
}
