// The pages in a real browser: `node test.mjs BINARY FOLDER [PORT]`. Ends with 1 where anything is not as it must be.
import assert from 'node:assert/strict';
import { inspect, launch, signInByPassword, signInByPhone, somebody } from './browser.mjs';
import { evenings } from './evening.mjs';
import { ownPages } from './me.mjs';
import { rolls } from './roll.mjs';
import { MARYAM, NARGES, Service, ZAHRA, festival } from './service.mjs';
import { strangers } from './strangers.mjs';

const [binary, folder, port = '18083'] = process.argv.slice(2);
/// The most that the first load of one's nights may take, in bytes over the wire.
const FIRST_LOAD = 40 * 1024;

const service = new Service(binary, `${folder}/pages`, Number(port));
const browser = await launch();
let failed = 0;

async function test(name, run) {
  try {
    await run();
    console.log(`✓ ${name}`);
  } catch (error) {
    failed += 1;
    console.error(`✗ ${name}\n${error.stack}`);
    for (const page of (await Promise.all(browser.browserContexts().map(context => context.pages()))).flat()) {
      if (page.url().startsWith('http')) console.error(`${page.url()}: ${await page.evaluate(() => document.body.innerText)}`);
    }
  }
}

const text = page => page.$eval('main', main => main.innerText);
const shows = (page, wanted) =>
  page.waitForFunction(wanted => document.querySelector('main')?.innerText.includes(wanted), { timeout: 30000 }, wanted);
const hides = (page, unwanted) =>
  page.waitForFunction(unwanted => !document.querySelector('main')?.innerText.includes(unwanted), { timeout: 30000 }, unwanted);

try {
  const { path, password } = await festival(service);
  const page = await somebody(browser);
  const rows = async code => (await service.ask('GET', `${path}/assignments?limit=100`)).items.filter(row => row.seat.volunteer_code === code);
  const stateOf = async id => (await rows('maryam')).find(row => row.id === id).state;
  const cards = () => page.$$eval('[data-assignment]', all => all.map(card => card.dataset.assignment));
  const within = (id, selector) => `[data-assignment="${id}"] ${selector}`;

  await test('a volunteer comes from her phone’s code to an accepted night', async () => {
    await signInByPhone(page, service, MARYAM);
    await shows(page, 'شب‌های من');
    const [first, ...others] = await cards();
    assert.equal(others.length, 2);
    await page.tap(within(first, '[data-answer=accept] button'));
    await page.waitForSelector(within(first, '.yes'));
    assert.equal(await stateOf(first), 'accepted');
  });

  await test('the first load of her nights is small', async () => {
    const { cookies } = { cookies: await page.browserContext().cookies() };
    const fresh = await somebody(browser);
    await fresh.browserContext().setCookie(...cookies);
    const client = await fresh.createCDPSession();
    await client.send('Network.enable');
    let bytes = 0;
    client.on('Network.loadingFinished', event => { bytes += event.encodedDataLength; });
    await fresh.goto(`${service.at}/me`, { waitUntil: 'networkidle0' });
    await fresh.browserContext().close();
    console.log(`  ${(bytes / 1024).toFixed(1)} KB`);
    assert.ok(bytes > 0 && bytes <= FIRST_LOAD, `${bytes} bytes`);
  });

  await test('with the service gone her nights open, and what she answers then arrives when it is back', async () => {
    await page.reload();
    await page.waitForFunction(async () => navigator.serviceWorker.controller && (await caches.match('/me')));
    const [, second, third] = await cards();
    await service.stop();

    await page.reload();
    await shows(page, 'شبکه در دسترس نیست');
    assert.match(await text(page), /باغ غدیر/);
    await page.tap(within(second, '[data-answer=accept] button'));
    await shows(page, '«می‌آیم» نگه داشته شد');
    await page.tap(within(third, '[data-answer=accept] button'));
    await page.waitForFunction(async () => (await answers.all()).length === 2);
    // What was answered outlives the page.
    await page.reload();
    await shows(page, '«می‌آیم» نگه داشته شد');

    await service.start();
    await hides(page, 'نگه داشته شد');
    await page.waitForSelector(within(third, '.yes'));
    assert.deepEqual([await stateOf(second), await stateOf(third)], ['accepted', 'accepted']);
    await hides(page, 'شبکه در دسترس نیست');
  });

  const desk = await somebody(browser);
  await test('the coordinator sees her night, and what happens appears by itself', async () => {
    await signInByPassword(desk, service, 'coordinator', password);
    await shows(desk, 'باغ غدیر');
    assert.match(await text(desk), /مریم امینی/);
    assert.doesNotMatch(await text(desk), /نمی‌تواند بیاید/);
    const row = (await rows('maryam')).find(row => row.seat.night === 0);
    await page.tap(within(row.id, '[data-answer=withdraw]'));
    await shows(desk, 'نمی‌تواند بیاید');
    await page.waitForFunction(selector => !document.querySelector(selector), { timeout: 30000 }, within(row.id, 'h3'));
  });

  await test('“I cannot” can be taken back, and else is said by itself', async () => {
    const [second] = await cards();
    await page.tap(within(second, '[data-answer=withdraw]'));
    await shows(page, 'تا چند لحظهٔ دیگر');
    await page.tap(within(second, '.sending button'));
    await page.waitForFunction(selector => document.querySelector(selector)?.checkVisibility(), {}, within(second, '[data-answer=withdraw]'));
    assert.equal(await stateOf(second), 'accepted');

    await page.tap(within(second, '[data-answer=withdraw]'));
    await page.waitForFunction(selector => !document.querySelector(selector), { timeout: 30000 }, within(second, 'h3'));
    assert.equal(await stateOf(second), 'withdrawn');
  });

  await test('what was answered offline and is refused says why', async () => {
    const [third] = await cards();
    await page.setOfflineMode(true);
    await page.tap(within(third, '[data-answer=withdraw]'));
    await shows(page, 'تا چند لحظهٔ دیگر');
    await shows(page, '«نمی‌توانم» نگه داشته شد');
    await page.evaluate(async () => {
      // As if she had said that she comes.
      const [answer] = await answers.all();
      await answers.put({ ...answer, verb: 'accept', path: answer.path.replace('withdraw', 'accept') });
    });
    await service.ask('DELETE', `${path}/assignments/${third}`);
    await page.setOfflineMode(false);
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await page.waitForFunction(async () => (await answers.all()).every(answer => answer.refused), { timeout: 30000 });
    assert.equal((await page.evaluate(() => answers.all())).length, 1);
    // The service is hers no more: what became of her answer is read without its card, until she has seen it.
    await page.waitForFunction(selector => !document.querySelector(selector), { timeout: 30000 }, within(third, 'h3'));
    const told = '[data-gone].fault';
    await page.waitForSelector(told);
    assert.match(await page.$eval(told, place => place.innerText), /^شب [^:]+، [^:]+: .*دیگر چنین تغییری نمی‌پذیرد/);
    await page.reload();
    await page.waitForSelector(told);
    await page.tap(`${told} button`);
    await page.waitForFunction(selector => !document.querySelector(selector), {}, told);
    assert.equal((await page.evaluate(() => answers.all())).length, 0);
    assert.equal(await stateOf(third), 'cancelled');
  });

  await test('no page has a fault, in both languages and themes', async () => {
    const stranger = await somebody(browser);
    const zahra = await somebody(browser);
    await signInByPhone(zahra, service, ZAHRA);
    const seats = await desk.$eval('a[href^="/desk/seats"]', link => link.getAttribute('href'));
    const asStranger = ['/sign-in', '/sign-in/password', '/offline'];
    const first = await zahra.$eval('[data-assignment]', card => card.dataset.assignment);
    const asVolunteer = ['/me', `/me/assignments/${first}/leave`, '/me/assignments/00000000-0000-0000-0000-000000000000/leave'];
    const found = [];
    for (const [who, paths] of [[stranger, asStranger], [zahra, asVolunteer], [page, ['/me']], [desk, ['/desk', '/desk/coverage', '/desk/requests', seats]]]) {
      for (const path of paths) {
        await who.goto(service.at + path);
        await inspect(who, path, found);
      }
    }
    assert.equal(found.length, 0, [...new Set(found)].join('\n'));
  });

  const volunteer = await ownPages({ test, service, browser, path, NARGES });
  await strangers({ test, service, browser, path, password, volunteer });
  await rolls({ test, service, browser, password });
  await evenings(test, browser, service, folder, password);
} finally {
  await browser.close();
  await service.stop();
}
process.exitCode = failed ? 1 : 0;
