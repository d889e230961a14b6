// Pictures of every page, on a phone and on a desk, in both languages: `node pictures.mjs BINARY FOLDER
// [PORT [ONLY]]` puts them into FOLDER/pictures, to be looked at; ONLY those whose names begin so.
import { mkdirSync } from 'node:fs';
import { DESKTOP, PHONE, launch, signInByPassword, signInByPhone, somebody } from './browser.mjs';
import { evening, refused } from './evening.mjs';
import { HODA, SARA, approve, gathering, latecomer } from './me.mjs';
import { tonight, wall } from './roll.mjs';
import { MARYAM, Service, festival } from './service.mjs';
import { REFERENCE, careful, seal, steps, weekly } from './strangers.mjs';

// Does what a button of a page does.
async function press(page, to, selector) {
  if (to) await page.goto(service.at + to);
  await Promise.all([page.waitForNavigation(), page.$eval(selector, button => button.click())]);
}

const [binary, folder, port = '18084', only] = process.argv.slice(2);
const service = new Service(binary, `${folder}/pictured`, Number(port));
const browser = await launch();
mkdirSync(`${folder}/pictures`, { recursive: true });

try {
  const { path: base, password } = await festival(service);
  await latecomer(service, base);
  const meeting = await gathering(service);
  await careful(service, base, password);
  const stranger = await somebody(browser);
  const volunteer = await somebody(browser);
  await signInByPhone(volunteer, service, MARYAM);
  const leave = await volunteer.$eval('a[data-answer]', link => link.getAttribute('href'));
  const coordinator = await somebody(browser);
  await signInByPassword(coordinator, service, 'coordinator', password);
  const seats = await coordinator.$eval('a[href^="/desk/seats"]', link => link.getAttribute('href'));
  const sara = await somebody(browser);
  await signInByPhone(sara, service, SARA);
  await press(sara, '/me/shifts', 'form[action$="/wait"] button');
  await press(sara, '/me/shifts', 'form[action^="/me/standbys"] button');
  await volunteer.evaluate(() => document.querySelector('[data-answer=accept] button').click());
  await volunteer.waitForSelector('.yes');
  const cover = await volunteer.$eval('a[href$="/cover"]', link => link.getAttribute('href'));
  await press(volunteer, cover, 'form[action$="/cover"] button');
  const hoda = await somebody(browser);
  await signInByPhone(hoda, service, HODA);
  await hoda.goto(`${service.at}/me/hours`);
  await hoda.type('#what', 'آذین‌بندی باغ غدیر');
  await hoda.$eval('#day', day => { day.value = new Date(Date.now() - 86400000).toISOString().slice(0, 10); });
  await hoda.$eval('#from', from => { from.value = '16:00'; });
  await hoda.$eval('#until', until => { until.value = '19:30'; });
  await press(hoda, null, 'form.card button');
  await approve(service, meeting);
  const letter = await seal(hoda);
  const organizer = await somebody(browser);
  await signInByPassword(organizer, service, 'organizer', password);
  const there = await tonight(service, password);
  const lead = await somebody(browser);
  await signInByPassword(lead, service, 'caller', password);
  await lead.goto(service.at + there.roll);
  for (const [k, kind] of ['check_in', 'check_in', 'absent', 'check_out'].entries()) {
    await lead.$$eval('.person', (all, k, kind) => all[k].querySelector(`[value=${kind}]`).click(), k, kind);
  }
  await lead.waitForFunction(async () => !(await answers.all()).some(answers.isWaiting));
  const roller = await somebody(browser);
  await signInByPassword(roller, service, 'roller', password);
  const screen = await wall(organizer, service, there.id);
  const paths = await evening(organizer, service, folder);
  const report = await weekly(service, base.split('/').at(-1));
  const pages = [
    [volunteer, 'pass', '/me/pass'], [sara, 'shifts', '/me/shifts'], [sara, 'covers', '/me/covers'], [volunteer, 'covers-asked', '/me/covers'],
    [volunteer, 'cover', cover], [hoda, 'hours', '/me/hours'], [volunteer, 'profile', '/me/profile'], [sara, 'messages', '/me/messages'],
    [lead, 'rolls', '/desk/rolls'], [lead, 'roll', there.roll], [roller, 'roll-desk', '/desk'],
    [roller, 'roll-walk-in', `/desk/roll/walk-in?festival=${there.id}&shift=${there.shift}`],
    [stranger, 'wall', screen], [stranger, 'wall-off', `${screen}x`], [organizer, 'walls', `/admin/${there.id}/walls`],
    [stranger, 'letter', letter], [stranger, 'letter-changed', `${letter}x`], [stranger, 'weekly', report],
    ...REFERENCE.map(path => [stranger, path.slice(1).replace('/', '-'), path]),
    ...Object.entries(steps(service, password)).map(([name, go]) => [stranger, `sign-in-${name}`, go]),
    [organizer, 'admin-refused', page => refused(page, service, paths[1])],
    [stranger, 'sign-in', '/sign-in'], [stranger, 'password', '/sign-in/password'], [stranger, 'offline', '/offline'],
    [volunteer, 'nights', '/me'], [volunteer, 'leave', leave], [volunteer, 'no-such-page', leave.replace(/[0-9a-f]{12}/, '0'.repeat(12))],
    [coordinator, 'no-nights', '/me'], [coordinator, 'desk', '/desk'], [coordinator, 'coverage', '/desk/coverage'], [coordinator, 'seats', seats],
    ...paths.map((path, k) => [organizer, `admin-${String(k).padStart(2, '0')}-${path.split('?')[0].split('/').at(-1).replace(/^[0-9a-f-]{36}$/, 'one')}`, path]),
  ];
  for (const [page, name, path] of pages.filter(([, name]) => !only || name.startsWith(only))) {
    for (const [device, viewport] of [['phone', PHONE], ['narrow', { ...PHONE, width: 320 }], ['desktop', DESKTOP]]) {
      await page.setViewport(viewport);
      for (const [language, theme] of [['fa', 'light'], ['en', 'light'], ['fa', 'dark']]) {
        for (const [name, value] of [['language', language], ['theme', theme]]) {
          await page.browserContext().setCookie({ name, value, domain: '127.0.0.1', path: '/' });
        }
        await (typeof path === 'string' ? page.goto(service.at + path) : path(page));
        // Beyond the viewport Chromium moves what runs from right to left.
        await page.screenshot({ path: `${folder}/pictures/${name}-${device}-${language}-${theme}.png`, fullPage: true, captureBeyondViewport: false });
      }
    }
  }
} finally {
  await browser.close();
  await service.stop();
}
