// An organizer's whole evening, on a phone: from an empty festival to its published roster, by what the pages offer alone.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect, signInByPassword, somebody } from './browser.mjs';

const PEOPLE = `نام,موبایل,منطقه,جنسیت,مهارت‌ها
مریم امینی,۰۹۱۳۵۵۵۰۰۰۱,منطقهٔ ۱۴,زن,پذیرایی:۳
زهرا رضایی,۰۹۱۳۵۵۵۰۰۰۲,منطقهٔ ۱۴,زن,پذیرایی:۲
نرگس کریمی,۰۹۱۳۵۵۵۰۰۰۳,منطقهٔ ۱۵,زن,پذیرایی:۱
لیلا حسینی,۰۹۱۳۵۵۵۰۰۰۴,منطقهٔ ۱۵,زن,سلامت و درمان:۲
حسن ملک‌پور,۰۹۱۳۵۵۵۰۰۰۵,منطقهٔ ۱۴,مرد,پذیرایی:۲
بی‌منطقه,۰۹۱۳۵۵۵۰۰۰۶,منطقهٔ ۹۹,مرد,پذیرایی:۱
مریم امینی,۰۹۱۳۵۵۵۰۰۰۱,منطقهٔ ۱۴,زن,پذیرایی:۳
`;

const main = page => page.$eval('main', element => element.innerText);

async function says(page, ...wanted) {
  const text = await main(page);
  for (const words of wanted) assert.ok(text.includes(words), `“${words}” is not on ${page.url()}:\n${text}`);
}

// Waits for something on a page that may make itself anew meanwhile.
async function until(page, selector) {
  for (let left = 300; left > 0; left -= 1) {
    if (await page.$(selector).catch(() => null)) return;
    await wait(100);
  }
  throw new Error(`${selector} is not on ${page.url()}`);
}

// Fills a form in and sends it, as somebody does who taps its button.
async function send(page, form, fields = {}) {
  for (const [name, value] of Object.entries(fields)) {
    const selector = `${form} [name="${name}"]`;
    const kind = await page.$eval(selector, field => field.type);
    if (kind === 'select-one') await page.select(selector, value);
    else if (kind === 'checkbox') await page.$$eval(selector, (boxes, wanted) => boxes.forEach(box => { box.checked = wanted.includes(box.value); }), value);
    else await page.$eval(selector, (field, value) => { field.value = value; }, value);
  }
  await Promise.all([page.waitForNavigation(), page.$eval(`${form} button:not([type=button])`, button => button.click())]);
}

// The value of an option by what it says.
const option = (page, selector, words) =>
  page.$eval(selector, (select, words) => [...select.options].find(one => one.text.includes(words)).value, words);

// Plays it; gives the paths of the pages that there are then.
export async function evening(page, service, folder) {
  const at = path => page.goto(service.at + path);
  await at('/admin');
  await send(page, 'form[action^="/admin?once"]', { 'name/fa': 'شب‌های کرامت', 'name/en': 'Nights of Karamat', first: '۱۴۰۶/۰۱/۱۹', count: '۱۰' });
  await says(page, 'رویداد ساخته شد', 'شب‌های کرامت', '۱۰ شب', 'گام بعدی');
  const home = new URL(page.url()).pathname;

  await at(`${home}/districts`);
  await send(page, 'form[action*="/districts/many?once"]', { names: 'منطقهٔ ۱۴ / District 14\nمنطقهٔ ۱۵ / District 15', priority: '5' });
  await says(page, '۲ تا افزوده شد', 'منطقهٔ ۱۵', 'اولویت ۵');
  // What was a slip is taken back, and done again.
  await send(page, '.made form');
  await says(page, 'پس گرفته شد', 'هنوز چیزی نیست');
  await send(page, 'form[action*="/districts/many?once"]', { names: 'منطقهٔ ۱۴ / District 14\nمنطقهٔ ۱۵ / District 15', priority: '5' });

  await at(`${home}/venues`);
  const district = await option(page, '#many-district_id', '۱۴');
  await send(page, 'form[action*="/venues/many?once"]', { names: 'باغ غدیر / Bagh-e Ghadir\nگذر چهارباغ', kind: 'fixed', district_id: district });
  await says(page, 'باغ غدیر', 'گذر چهارباغ');
  await page.$eval('summary', summary => summary.click());
  await send(page, '#one', { 'name/fa': 'پایگاه سیار ۷', kind: 'mobile', district_id: district });
  await says(page, 'پایگاه سیار ۷', 'هر شب در کدام منطقه است');
  await page.$eval('details.group summary', summary => summary.click());
  await send(page, 'form.sheet-form', { 'stands.2': await option(page, '[name="stands.2"]', '۱۵') });
  await says(page, 'ذخیره شد');

  await at(`${home}/shifts`);
  await send(page, 'form[action*="/shifts?once"]', { from1: '18:00', until1: '21:00', from2: '21:00', until2: '00:30', night: ['0'] });
  await says(page, '۶ تا افزوده شد', '۰۰:۳۰', 'شب ۱');

  await at(`${home}/positions`);
  const sheet = await page.$eval('th[scope=row] a', link => link.getAttribute('href'));
  await at(sheet);
  const tea = await option(page, '#specialty', 'پذیرایی');
  await send(page, 'form[action*="/lines?once"]', { specialty: tea, gender: 'woman', level: '1', minimum: '۱', desired: '۲' });
  await says(page, '۲ تا افزوده شد', 'پذیرایی', 'بانوان');
  const cell = await page.$eval('.fill input', input => input.name);
  await send(page, 'form.column', { [cell]: '۲/۳' });
  await says(page, 'ذخیره شد');
  assert.equal(await page.$eval('.fill input', input => input.value), '۲/۳');
  await send(page, 'form[action*="/copy?once"]');
  await says(page, '۱۸ تا افزوده شد');
  assert.deepEqual(await page.$$eval('.fill tr:nth-child(1) input', inputs => inputs.slice(0, 3).map(input => input.value)), ['۲/۳', '۲/۳', '۲/۳']);
  // Cells that are copied from a spreadsheet are pasted side by side; they are kept only when the sheet is.
  await page.$eval('.fill input', input => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text', '4/5\t6\n');
    input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  });
  assert.deepEqual(await page.$$eval('.fill input', inputs => inputs.slice(0, 2).map(input => input.value)), ['4/5', '6']);

  await at(`${home}/import`);
  writeFileSync(`${folder}/people.csv`, PEOPLE);
  await (await page.$('#file')).uploadFile(`${folder}/people.csv`);
  await send(page, 'form[enctype]:last-of-type');
  await says(page, '۷ ردیف خوانده شد', 'از پیش هست', 'پذیرفته نمی‌شود', '۵ نفر را بیفزا');
  await at(`${home}/volunteers`);
  await says(page, 'هنوز چیزی نیست');
  await at(`${home}/import`);
  await (await page.$('#file')).uploadFile(`${folder}/people.csv`);
  await send(page, 'form[enctype]:last-of-type');
  await Promise.all([page.waitForNavigation(), page.$eval('#do', button => button.click())]);
  await says(page, '۵ تا افزوده شد', 'زهرا رضایی');
  const person = await page.$eval('.rows .button', link => link.getAttribute('href'));

  await at(`${home}/plans`);
  await send(page, 'form[action*="/plans?once"]', { seconds: '۲' });
  const first = new URL(page.url()).pathname;
  await until(page, `a[href="${first}/publish"]`);
  await until(page, '.curve path.score');
  await says(page, 'آماده');
  await at(`${home}/plans`);
  await send(page, 'form[action*="/plans?once"]', { seconds: '۱' });
  const second = new URL(page.url()).pathname;
  await until(page, `a[href="${second}/publish"]`);
  await page.select('#with', first.split('/').pop());
  await send(page, 'form[action$="/comparison"]');
  await says(page, 'جزء به جزء', 'نفر به نفر', 'هزینه روی هم');
  const comparison = page.url().slice(service.at.length);

  await at(`${first}/publish`);
  await says(page, 'نخستین انتشار', 'مریم امینی', 'باغ غدیر');
  await Promise.all([page.waitForNavigation(), page.$eval('#publish', button => button.click())]);
  await says(page, 'برنامه منتشر شد', 'برنامهٔ رویداد همین است');
  await page.$eval('details summary', summary => summary.click());
  await send(page, 'form[action$="/unpublish"]');
  await says(page, 'انتشار پس گرفته شد');
  await at(`${first}/publish`);
  await Promise.all([page.waitForNavigation(), page.$eval('#publish', button => button.click())]);
  await at(home);
  await says(page, 'منتشر شده', 'جا گرفته‌اند');

  await at(`${home}/members`);
  const of = await page.$eval('[name=district_ids]', box => box.value);
  await send(page, 'form[action*="/members?once"]', { role: 'coordinator', name: 'حسین ملک‌پور', username: '09135550099', password: 'سپید و سبز و بهاران', district_ids: [of] });
  await says(page, 'حسین ملک‌پور', 'هماهنگ‌کنندهٔ منطقه');
  await at(`${home}/partners`);
  await send(page, 'form[action*="/partners/many?once"]', { names: 'شهرداری منطقهٔ ۱۴' });
  await at(`${home}/contributions`);
  await send(page, '#one', { kind: 'equipment', description: 'صندلی برای پایگاه ۷', amount: '۱۲۰', unit: 'صندلی' });
  await says(page, 'صندلی برای پایگاه ۷');

  const id = home.split('/').pop();
  const token = await service.signIn('organizer');
  await service.ask('PUT', `/v1/festivals/${id}/registration`, { open: true }, token);
  await service.ask('POST', `/v1/registration-forms/${id}`, { name: 'سیده‌فاطمه محمدی‌نژاد', phone: '09135550088', gender: 'woman', home_district_id: of }, null);
  const requests = `/desk/requests?festival=${id}`;
  await at(requests);
  await says(page, 'سیده‌فاطمه محمدی‌نژاد', 'ثبت‌نام‌ها');

  const venue = await page.evaluate(async path => new DOMParser().parseFromString(await (await fetch(path)).text(), 'text/html').querySelector('.rows li:last-child .button').getAttribute('href'), `${home}/venues`);
  return ['/admin', home, requests, ...['festival', 'districts', 'specialties', 'venues', 'shifts', 'positions', 'volunteers', 'import', 'plans', 'members', 'centres', 'partners', 'contributions', 'ways', 'report', 'letters', 'letters/wordings/certificate/fa', 'letters/wordings/district/en', 'weekly-report', 'batches', 'audit'].map(name => `${home}/${name}`), sheet, person, venue, first, `${first}/recruitment`, `${second}/publish`, comparison];
}

// Sends a form that is refused: a coordinator of no district. The page says why, and keeps what was written.
export async function refused(page, service, home) {
  await page.goto(`${service.at}${home}/members`);
  await send(page, 'form[action*="/members?once"]', { role: 'coordinator', name: 'بهار نیکبخت', username: 'bahar', password: 'سپید و سبز و بهاران' });
  assert.ok(await page.$('.told .bad'), await main(page));
  assert.equal(await page.$eval('form[action*="/members?once"] [name=name]', field => field.value), 'بهار نیکبخت');
}

// The evening as tests: `test` runs each, and tells how it went.
export async function evenings(test, browser, service, folder, password) {
  const organizer = await somebody(browser);
  let paths = [];
  await test('an organizer comes from an empty festival to its published roster in an evening', async () => {
    await signInByPassword(organizer, service, 'organizer', password);
    paths = await evening(organizer, service, folder);
    assert.deepEqual(organizer.errors, []);
  });
  await test('no page of the organizer has a fault, in both languages and themes', async () => {
    const found = [];
    for (const path of paths) {
      await organizer.goto(service.at + path);
      await inspect(organizer, path, found);
    }
    await refused(organizer, service, paths[1]);
    await inspect(organizer, 'what is refused', found);
    assert.equal(found.length, 0, [...new Set(found)].join('\n'));
  });
}
